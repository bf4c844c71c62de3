package compaction

import (
	"context"
	"encoding/json"
	"fmt"

	"ovate/druid"
	"ovate/internal/jsontext"
)

// Cluster is what holds for all data sources.
type Cluster struct {
	// SlotRatio is the part of all slots that compact tasks may take, and MaxSlots how many at most.
	SlotRatio float64 `json:"compactionTaskSlotRatio"`
	MaxSlots  int     `json:"maxCompactionTaskSlots"`
	Policy    Policy  `json:"compactionPolicy"`
	// UseSupervisors has the Overlord compact, by its supervisors of type autocompact, and not the Coordinator by the config.
	UseSupervisors bool   `json:"useSupervisors"`
	Engine         string `json:"engine"`
}

// The types of policies: who adds one reads it in decode.go, and says in choice/policy.go how it orders.
const (
	NewestFirst = "newestSegmentFirst"
	FixedOrder  = "fixedIntervalOrder"
)

// Policy is what is compacted first, and what at all.
type Policy struct {
	Type string `json:"type"`
	// First is the data source that goes before all others, where the newest goes first; empty: none.
	First string `json:"priorityDatasource"`
	// Eligible are the intervals that alone are compacted, in their order, where that is fixed.
	Eligible []struct {
		DataSource string         `json:"datasource"`
		Interval   druid.Interval `json:"interval"`
	} `json:"eligibleCandidates"`
}

// Key is the same for policies that are the same.
func (p *Policy) Key() string { return fmt.Sprint(*p) }

// CheckCluster is what holds for all data sources by such a config. The error wraps ErrInvalid if nobody can compact so.
func CheckCluster(config []byte) (*Cluster, error) {
	members, err := cluster(config)
	if err != nil {
		return nil, err
	}
	d := document{members: map[string]json.RawMessage{}}
	for _, m := range members {
		d.members[m.name] = m.value
	}
	return d.read()
}

// Read is what holds for all data sources.
func (c *Config) Read(ctx context.Context) (*Cluster, error) {
	d, err := c.read(ctx)
	if err != nil {
		return nil, err
	}
	return d.read()
}

func (d *document) read() (*Cluster, error) {
	c := new(Cluster)
	if err := jsontext.Unmarshal(d.cluster(), c); err != nil {
		return nil, fmt.Errorf("config %s of the metadata cannot be read: %w", key, err)
	}
	return c, nil
}
