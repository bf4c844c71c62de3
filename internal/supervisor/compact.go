package supervisor

import "ovate/internal/supervisor/document"

// Compaction is the type of supervisors that have a data source compacted.
const Compaction = "autocompact"

// CompactionID is the id of the one of a data source.
func CompactionID(dataSource string) string { return Compaction + "__" + dataSource }

// compactKind is that of supervisors which have a data source compacted.
func compactKind() Kind {
	return Kind{
		Type: Compaction,
		outline: func(root document.Value) (dataSource, source string) {
			return first(root.Field("spec").Field("dataSource")), ""
		},
		place: "spec.dataSource",
		identify: func(s *Spec, _ document.Value) error {
			s.ID = CompactionID(s.DataSource)
			return nil
		},
	}
}
