package spec

// AppendCompactionState appends how the segments of s are made, in Druid's words and order: what a Coordinator compares with the
// compaction that is configured, so that it leaves alone what is as it should be.
func (s *Ingestion) AppendCompactionState(dst []byte) []byte {
	listed := s.Schema.Dimensions
	listed.Exclusions, listed.IncludeAll = nil, false // only what a segment has
	e := beginObject(dst)
	e.value("partitionsSpec", s.Tuning.partitions)
	e.value("dimensionsSpec", &listed)
	e.name("metricsSpec")
	e.dst = appendList(e.dst, s.Schema.Metrics)
	e.raw("transformSpec", "null")
	e.value("indexSpec", &s.Tuning.IndexSpec)
	e.value("granularitySpec", &s.Schema.Granularity)
	if s.Schema.projections {
		e.raw("projections", "[]")
	}
	return e.end()
}
