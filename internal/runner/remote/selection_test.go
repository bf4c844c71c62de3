package remote_test

import (
	"strings"
	"testing"

	"ovate/internal/runner/remote"
)

// workers are h1 and so on; each is given as used/capacity.
func candidates(each ...remote.Candidate) []remote.Candidate { return each }

func at(host string, used, capacity int) remote.Candidate {
	return remote.Candidate{Host: host, Version: "0", Category: "_default_worker_category", Capacity: capacity, Load: remote.Load{Used: used}}
}

func in(category string, c remote.Candidate) remote.Candidate {
	c.Category = category
	return c
}

func closed(c remote.Candidate) remote.Candidate {
	c.Closed = true
	return c
}

func unusable(c remote.Candidate) remote.Candidate {
	c.Closed, c.Unusable = true, true
	return c
}

func version(v string, c remote.Candidate) remote.Candidate {
	c.Version = v
	return c
}

func running(c remote.Candidate, tasks ...remote.Demand) remote.Candidate {
	for _, d := range tasks {
		c.Groups, c.ByType = set(c.Groups, d.Group), count(c.ByType, d.Type, d.Slots)
		c.Used += d.Slots
		if d.Parallel {
			c.Parallel += d.Slots
		}
	}
	return c
}

func set(m map[string]bool, name string) map[string]bool {
	if m == nil {
		m = map[string]bool{}
	}
	m[name] = true
	return m
}

func count(m map[string]int, name string, n int) map[string]int {
	if m == nil {
		m = map[string]int{}
	}
	m[name] += n
	return m
}

func decoded(t *testing.T, strategy string) remote.Selection {
	t.Helper()
	s, err := remote.DecodeWorkerConfig([]byte(`{"type":"default","selectStrategy":` + strategy + `,"autoScaler":null}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestChoose(t *testing.T) {
	t.Parallel()
	const (
		equal    = `{"type":"equalDistribution"}`
		fill     = `{"type":"fillCapacity"}`
		weak     = `{"type":"equalDistribution","affinityConfig":{"affinity":{"d":["h1","h2"]},"strong":false}}`
		strong   = `{"type":"fillCapacityWithAffinity","affinityConfig":{"affinity":{"d":["h1","h2"]},"strong":true}}`
		category = `{"type":"equalDistributionWithCategorySpec","workerCategorySpec":{"categoryMap":{"noop":{"defaultCategory":"c1","categoryAffinity":{"e":"c2"}}},"strong":false}}`
		only     = `{"type":"fillCapacityWithCategorySpec","workerCategorySpec":{"categoryMap":{"noop":{"defaultCategory":"c1","categoryAffinity":{"e":"c2"}}},"strong":true}}`
		limits   = `{"type":"equalDistribution","taskLimits":{"maxSlotCountByType":{"noop":2,"none":0},"maxSlotRatioByType":{"noop":0.5,"kill":0.1}}}`
	)
	noop := remote.Demand{Type: "noop", DataSource: "d", Group: "g", Slots: 1}
	of := func(change func(*remote.Demand)) remote.Demand {
		d := noop
		change(&d)
		return d
	}
	parent := of(func(d *remote.Demand) { d.Type, d.Parallel, d.Group = "index_parallel", true, "p" })
	two := of(func(d *remote.Demand) { d.Slots = 2 })
	elsewhere := of(func(d *remote.Demand) { d.DataSource = "e" })
	for _, c := range []struct {
		name, strategy string
		demand         remote.Demand
		workers        []remote.Candidate
		want           string // the host, or nothing
	}{
		{"nobody", equal, noop, nil, ""},
		{"the most free slots", equal, noop, candidates(at("h1", 1, 3), at("h2", 5, 8), at("h3", 0, 2)), "h2"},
		{"as good as each other", equal, noop, candidates(at("h1", 1, 3), at("h2", 0, 2)), "h1"},
		{"the most used", fill, noop, candidates(at("h1", 1, 3), at("h2", 5, 8), at("h3", 0, 2)), "h2"},
		{"the most used is full", fill, noop, candidates(at("h1", 1, 3), at("h2", 8, 8), at("h3", 0, 2)), "h1"},
		{"as much used", fill, noop, candidates(at("h1", 1, 3), at("h2", 1, 2)), "h2"},
		{"no strategy", "null", noop, candidates(at("h1", 1, 2), at("h2", 0, 2)), "h2"},
		{"a strategy without type", `{}`, noop, candidates(at("h1", 1, 2), at("h2", 0, 2)), "h2"},
		{"two slots", equal, two, candidates(at("h1", 2, 3), at("h2", 0, 2)), "h2"},
		{"too few slots", equal, two, candidates(at("h1", 2, 3), at("h2", 1, 2)), ""},
		{"closed", equal, noop, candidates(closed(at("h1", 0, 3)), unusable(at("h2", 0, 3))), ""},
		{"too old", equal, noop, candidates(version("", at("h1", 0, 9)), version("1", at("h2", 1, 3))), "h2"},
		{"a group is there", equal, noop, candidates(running(at("h1", 0, 9), noop), at("h2", 1, 2)), "h2"},
		{"a group is everywhere", equal, noop, candidates(running(at("h1", 0, 9), noop), running(at("h2", 0, 9), noop)), ""},
		{"parents take half of the slots", equal, parent, candidates(running(at("h1", 0, 5), of(func(d *remote.Demand) { *d = parent; d.Slots, d.Group = 2, "q" }))), ""},
		{"one parent runs anywhere", equal, parent, candidates(at("h1", 0, 1)), "h1"},
		{"affinity", weak, noop, candidates(at("h1", 1, 2), at("h2", 0, 2), at("h3", 0, 9)), "h2"},
		{"weak affinity", weak, noop, candidates(at("h1", 2, 2), at("h2", 2, 2), at("h3", 0, 9)), "h3"},
		{"strong affinity", strong, noop, candidates(at("h1", 2, 2), at("h2", 2, 2), at("h3", 0, 9)), ""},
		{"others have no affinity", weak, elsewhere, candidates(at("h1", 0, 9), at("h2", 0, 9), at("h3", 1, 2)), "h3"},
		{"others wait", weak, elsewhere, candidates(at("h1", 0, 9), at("h2", 0, 9)), ""},
		{"a category", category, noop, candidates(in("c1", at("h1", 1, 2)), in("c2", at("h2", 0, 9))), "h1"},
		{"a category of a data source", category, elsewhere, candidates(in("c1", at("h1", 0, 9)), in("c2", at("h2", 1, 2))), "h2"},
		{"a weak category", category, noop, candidates(in("c1", at("h1", 2, 2)), in("c2", at("h2", 0, 9))), "h2"},
		{"a strong category", only, noop, candidates(in("c1", at("h1", 2, 2)), in("c2", at("h2", 0, 9))), ""},
		{"a type without a category", only, parent, candidates(in("c1", at("h1", 0, 2)), in("c2", at("h2", 1, 9))), "h2"},
		{"below the limit", limits, noop, candidates(running(at("h1", 0, 4), of(func(d *remote.Demand) { d.Group = "x" }))), "h1"},
		{"the limit", limits, noop, candidates(running(at("h1", 0, 9), of(func(d *remote.Demand) { d.Group, d.Slots = "x", 2 })), at("h2", 0, 9)), ""},
		{"the ratio", limits, noop, candidates(running(at("h1", 0, 2), of(func(d *remote.Demand) { d.Group = "x" })), unusable(at("h2", 0, 1))), ""},
		{"a ratio below one slot", limits, of(func(d *remote.Demand) { d.Type = "kill" }), candidates(at("h1", 0, 2)), "h1"},
		{"a limit of none", limits, of(func(d *remote.Demand) { d.Type = "none" }), candidates(at("h1", 0, 2)), ""},
	} {
		i := decoded(t, c.strategy).Choose(c.demand, remote.Rules{MinVersion: "0", ParallelRatio: 0.5}, c.workers, func(int) bool { return true })
		got := ""
		if i >= 0 {
			got = c.workers[i].Host
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestDecodeWorkerConfigRefuses(t *testing.T) {
	t.Parallel()
	for config, want := range map[string]string{
		`[]`:               "worker config",
		`{"type":"other"}`: `type is "other"`,
		`{"selectStrategy":{"type":"javascript","function":"f"}}`:                                     "JavaScript",
		`{"selectStrategy":{"type":"random"}}`:                                                        `"random", which is none of equalDistribution`,
		`{"selectStrategy":{"type":"fillCapacityWithAffinity"}}`:                                      "affinityConfig is missing",
		`{"selectStrategy":{"type":"fillCapacity","taskLimits":{"maxSlotCountByType":{"noop":-1}}}}`:  "maxSlotCountByType.noop is -1",
		`{"selectStrategy":{"type":"fillCapacity","taskLimits":{"maxSlotRatioByType":{"noop":1.5}}}}`: "maxSlotRatioByType.noop is 1.5",
		`{"selectStrategy":{"affinityConfig":{"affinity":{"d":"h1"}}}}`:                               "affinity",
		// What a Java Overlord could not read later.
		`{"selectStrategy":{"type":"fillCapacity","affinityConfig":{}}}`:                                  "affinityConfig.affinity is missing",
		`{"selectStrategy":{"affinityConfig":{"affinity":null}}}`:                                         "affinityConfig.affinity is missing",
		`{"selectStrategy":{"type":"equalDistributionWithAffinity","affinityConfig":{"strong":true}}}`:    "affinityConfig.affinity is missing",
		`{"selectStrategy":{"type":"fillCapacityWithAffinity","affinityConfig":{"affinity":{"d":null}}}}`: "affinityConfig.affinity.d is null",
		`{"selectStrategy":{"taskLimits":{"maxSlotCountByType":{"noop":null}}}}`:                          "maxSlotCountByType.noop is null",
		`{"selectStrategy":{"taskLimits":{"maxSlotCountByType":{"noop":3000000000}}}}`:                    "3000000000",
		`{"selectStrategy":{"taskLimits":{"maxSlotRatioByType":{"noop":null}}}}`:                          "maxSlotRatioByType.noop is null",
		`{"autoScaler":7}`: "autoScaler is 7",
	} {
		if _, err := remote.DecodeWorkerConfig([]byte(config)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", config, err, want)
		}
	}
	for _, config := range []string{
		`{}`, `{"selectStrategy":null,"autoScaler":null}`, `{"selectStrategy":{"affinityConfig":null,"taskLimits":null}}`, `{"autoScaler":{"type":"noop"}}`,
		`{"selectStrategy":{"type":"fillCapacity","affinityConfig":{"affinity":{}}}}`,
		`{"selectStrategy":{"type":"fillCapacityWithCategorySpec","affinityConfig":{}}}`, // which is not looked at
		`{"selectStrategy":{"type":"fillCapacityWithCategorySpec","workerCategorySpec":{"categoryMap":{"noop":null}}}}`,
	} {
		if _, err := remote.DecodeWorkerConfig([]byte(config)); err != nil {
			t.Errorf("%s: error %v, and Druid takes it", config, err)
		}
	}
}
