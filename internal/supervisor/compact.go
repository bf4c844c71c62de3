package supervisor

// compactKind is that of supervisors which have a data source compacted.
func compactKind() Kind {
	return Kind{
		Type:    "autocompact",
		outline: func(p *parsed) (dataSource, source string) { return p.Spec.DataSource, "" },
		place:   "spec.dataSource",
		identify: func(s *Spec, _ *parsed) error {
			s.ID = "autocompact__" + s.DataSource
			return nil
		},
	}
}
