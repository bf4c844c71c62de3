package api

import (
	"maps"
	"math"
	"net/http"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"

	"ovate/druid"
)

// health is GET /status/health: true as soon as the server answers at all.
func health(c *call) error { return c.json([]byte("true")) }

// status is GET /status. Java's figures of memory are the heap's; ours are the nearest that Go has: all memory taken from
// the system, the part of it that is in no use, and the limit that GOMEMLIMIT sets, if it does.
func status(c *call) error {
	samples := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
	}
	metrics.Read(samples)
	total := samples[0].Value.Uint64() - samples[1].Value.Uint64()
	free := samples[2].Value.Uint64() + samples[3].Value.Uint64()
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		limit = -1
	}

	c.w.Header().Set("Server", "ovate") // the body is as Druid has it; this tells the two apart
	body := druid.AppendString([]byte(`{"version":`), c.Version)
	body = strconv.AppendInt(append(body, `,"modules":[],"memory":{"maxMemory":`...), limit, 10)
	body = strconv.AppendUint(append(body, `,"totalMemory":`...), total, 10)
	body = strconv.AppendUint(append(body, `,"freeMemory":`...), free, 10)
	body = strconv.AppendUint(append(body, `,"usedMemory":`...), total-min(free, total), 10)
	return c.json(append(body, `,"directMemory":0}}`...))
}

// properties is GET /status/properties, sorted by name.
func properties(c *call) error {
	return c.stream("{", "}", func(s *stream) error {
		for _, name := range slices.Sorted(maps.Keys(c.Properties)) {
			entry := append(druid.AppendString(s.Next(), name), ':')
			s.Put(druid.AppendString(entry, c.Properties[name]))
		}
		return nil
	})
}

// selfDiscovered is GET /status/selfDiscovered: 200 without a body once the others find this server, 503 before. A server that stands
// alone is found where it is asked.
func selfDiscovered(c *call) error {
	if !c.discovered() {
		return empty(http.StatusServiceUnavailable)
	}
	return c.nothing()
}

func selfDiscoveredStatus(c *call) error {
	return c.json(append(strconv.AppendBool([]byte(`{"selfDiscovered":`), c.discovered()), '}'))
}

func (c *call) discovered() bool { return c.Discovered == nil || c.Discovered() }
