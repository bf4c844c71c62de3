package remote

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ovate/internal/jsontext"
)

// DecodeWorkerConfig reads how workers are chosen from a worker config, as it is stored under worker.config and set with POST worker. What
// it says of scaling is left to whoever scales.
func DecodeWorkerConfig(config []byte) (Selection, error) {
	var c struct {
		Type     string          `json:"type"`
		Strategy json.RawMessage `json:"selectStrategy"`
	}
	if err := jsontext.Unmarshal(config, &c); err != nil {
		return Selection{}, fmt.Errorf("worker config: %w", err)
	}
	if c.Type != "" && c.Type != "default" {
		return Selection{}, fmt.Errorf("worker config: type is %q, but only \"default\" is known", c.Type)
	}
	if len(c.Strategy) == 0 || string(c.Strategy) == "null" {
		return Selection{}, nil
	}
	s, err := decodeStrategy(c.Strategy)
	if err != nil {
		return Selection{}, fmt.Errorf("worker config: selectStrategy: %w", err)
	}
	return s.ready(), nil
}

// Configure reads a worker config, as DecodeWorkerConfig does; apply has workers chosen by it from then on.
func (r *Runner) Configure(config []byte) (apply func(), err error) {
	s, err := DecodeWorkerConfig(config)
	if err != nil {
		return nil, err
	}
	return func() { r.Select(s) }, nil
}

// strategies are the types of strategies: whether they fill workers, and what they cannot do without.
var strategies = map[string]struct{ fill, affinity, categories bool }{
	"equalDistribution":                 {},
	"fillCapacity":                      {fill: true},
	"equalDistributionWithAffinity":     {affinity: true},
	"fillCapacityWithAffinity":          {fill: true, affinity: true},
	"equalDistributionWithCategorySpec": {categories: true},
	"fillCapacityWithCategorySpec":      {fill: true, categories: true},
}

// strategy is a selectStrategy as it is written.
type strategy struct {
	Type     string `json:"type"`
	Affinity *struct {
		Affinity map[string][]string `json:"affinity"`
		Strong   bool                `json:"strong"`
	} `json:"affinityConfig"`
	Categories *struct {
		Map map[string]struct {
			Default  string            `json:"defaultCategory"`
			Affinity map[string]string `json:"categoryAffinity"`
		} `json:"categoryMap"`
		Strong bool `json:"strong"`
	} `json:"workerCategorySpec"`
	Limits struct {
		Slots  map[string]int     `json:"maxSlotCountByType"`
		Ratios map[string]float64 `json:"maxSlotRatioByType"`
	} `json:"taskLimits"`
}

func decodeStrategy(text []byte) (Selection, error) {
	w := strategy{Type: "equalDistribution"}
	if err := jsontext.Unmarshal(text, &w); err != nil {
		return Selection{}, err
	}
	kind, known := strategies[w.Type]
	switch {
	case w.Type == "javascript":
		return Selection{}, fmt.Errorf("type is %q, but no JavaScript is run here", w.Type)
	case !known:
		return Selection{}, fmt.Errorf("type is %q, which is none of %s", w.Type, strings.Join(slices.Sorted(maps.Keys(strategies)), ", "))
	case kind.affinity && w.Affinity == nil:
		return Selection{}, fmt.Errorf("affinityConfig is missing, which %s needs", w.Type)
	}
	for name, n := range w.Limits.Slots {
		if n < 0 {
			return Selection{}, fmt.Errorf("taskLimits.maxSlotCountByType.%s is %d, but must not be negative", name, n)
		}
	}
	for name, ratio := range w.Limits.Ratios {
		if !(ratio >= 0 && ratio <= 1) {
			return Selection{}, fmt.Errorf("taskLimits.maxSlotRatioByType.%s is %v, but must be from 0 to 1", name, ratio)
		}
	}
	s := Selection{Fill: kind.fill, Limits: Limits{Slots: w.Limits.Slots, Ratios: w.Limits.Ratios}}
	if w.Affinity != nil && !kind.categories {
		s.Affinity = &Affinity{Workers: w.Affinity.Affinity, Strong: w.Affinity.Strong}
	}
	if w.Categories != nil && kind.categories {
		s.Categories = &Categories{Strong: w.Categories.Strong, ByType: map[string]CategoryOfType{}}
		for name, c := range w.Categories.Map {
			s.Categories.ByType[name] = CategoryOfType{Default: c.Default, ByDataSource: c.Affinity}
		}
	}
	return s, nil
}
