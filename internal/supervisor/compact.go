package supervisor

// compactKind is that of supervisors which have a data source compacted.
func compactKind() Kind {
	return Kind{Type: "autocompact", outline: func(s *spec) (dataSource, source string) { return s.Spec.DataSource, "" }}
}
