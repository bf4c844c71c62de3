package supervisor

// batchKind is that of supervisors which have a query of SQL run by a schedule.
func batchKind() Kind {
	return Kind{Type: "scheduled_batch", outline: func(s *spec) (dataSource, source string) { return s.DataSource, "" }}
}
