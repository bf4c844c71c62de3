package ovate

import (
	"ovate/druid"
	"ovate/internal/ingest"
	"ovate/internal/supervisor"
	"ovate/internal/task"
	"ovate/internal/trend"
)

// trends are how figures went over the last hour.
type trends struct {
	rates *trend.Rates
	lags  *trend.Lags
}

// makeTrends makes them. Nothing is noted of supervisors before start.
func (s *Server) makeTrends() {
	s.trends = trends{trend.NewRates(druid.Now), trend.NewLags(func() ([]*supervisor.Supervisor, bool) {
		e := s.leads.Engine()
		if e == nil {
			return nil, false
		}
		return e.Supervisors().All(), true
	}, druid.Now)}
}

// meters tells all of them what tasks read.
type meters []task.Meter

// Read implements task.Meter.
func (all meters) Read(stage string, more ingest.Counters) {
	for _, m := range all {
		m.Read(stage, more)
	}
}
