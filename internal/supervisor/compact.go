package supervisor

// Compaction is the type of supervisors that have a data source compacted.
const Compaction = "autocompact"

// CompactionID is the id of the one of a data source.
func CompactionID(dataSource string) string { return Compaction + "__" + dataSource }

// compactKind is that of supervisors which have a data source compacted.
func compactKind() Kind {
	return Kind{
		Type:    Compaction,
		outline: func(p *parsed) (dataSource, source string) { return p.Spec.DataSource, "" },
		place:   "spec.dataSource",
		identify: func(s *Spec, _ *parsed) error {
			s.ID = CompactionID(s.DataSource)
			return nil
		},
	}
}
