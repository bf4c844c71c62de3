package task

import (
	"cmp"

	"ovate/druid"
	"ovate/internal/lockbox"
	"ovate/internal/spec"
)

// queryKind is that of queries that a Broker submits as tasks.
func queryKind() Kind {
	return Kind{Type: "query_controller", TakesLocks: true, extended: true, priority: 50, check: (*spec.Document).CheckQuery, outline: outlineOfQuery, strict: true}
}

// queryWorkerKind is that of the parts of such a query.
func queryWorkerKind() Kind {
	return Kind{Type: "query_worker", extended: true, check: (*spec.Document).CheckQueryWorker}
}

// outlineOfQuery is that of a query, which locks the intervals that it replaces, if it does.
func outlineOfQuery(raw []byte) (outline, error) {
	var f struct {
		DataSource string `json:"dataSource"`
		Spec       struct {
			Destination struct {
				Type       string           `json:"type"`
				DataSource string           `json:"dataSource"`
				Chunks     []druid.Interval `json:"replaceTimeChunks"`
			} `json:"destination"`
		} `json:"spec"`
	}
	err := readFields(raw, &f)
	to := f.Spec.Destination
	o := outline{dataSource: cmp.Or(f.DataSource, to.DataSource)}
	if to.Type == "dataSource" {
		o.locks = func(h *druid.Task) lockbox.Request { return batchLocks(&h.Context, to.Chunks, false) }
	}
	return o, err
}
