package compaction

import (
	"bytes"
	"context"
	"encoding/json"

	"ovate/druid"
	"ovate/internal/jsontext"
)

// History is how the config of a data source, and that of the cluster beside it, was changed within a span of time, in its order, or by the
// last changes of any config, the newest first. What cannot be read is left out.
func (c *Config) History(ctx context.Context, dataSource string, within *druid.Interval, last int) (entries [][]byte, err error) {
	payloads, err := c.row.History(ctx, within, last)
	if err != nil {
		return nil, err
	}
	var before *change
	for _, payload := range payloads {
		now := changeOf(dataSource, payload)
		if now == nil || before == nil && now.source == nil || before != nil && now.same(before) {
			continue
		}
		before = now
		entries = append(entries, now.appendJSON(nil))
	}
	return entries, nil
}

// change is what a data source was like after one.
type change struct {
	cluster, source []byte // source is nil where nothing is configured
	by, at          json.RawMessage
}

// changeOf reads an entry of the audit history; nil if it cannot be read.
func changeOf(dataSource string, payload []byte) *change {
	var entry struct {
		By      json.RawMessage `json:"auditInfo"`
		Payload string          `json:"payload"`
		At      json.RawMessage `json:"auditTime"`
	}
	if jsontext.Unmarshal(payload, &entry) != nil || entry.Payload == "" {
		return nil
	}
	d, err := decode([]byte(entry.Payload))
	if err != nil {
		return nil
	}
	c := &change{cluster: d.cluster(), by: entry.By, at: entry.At}
	if at := d.find(dataSource); at >= 0 {
		c.source = d.sources[at]
	}
	return c
}

func (c *change) same(other *change) bool {
	return bytes.Equal(c.cluster, other.cluster) && bytes.Equal(c.source, other.source)
}

func (c *change) appendJSON(dst []byte) []byte {
	dst = append(append(dst, `{"globalConfig":`...), c.cluster...)
	dst = append(append(dst, `,"compactionConfig":`...), orNull(c.source)...)
	dst = append(append(dst, `,"auditInfo":`...), orNull(c.by)...)
	return append(append(append(dst, `,"auditTime":`...), orNull(c.at)...), '}')
}
