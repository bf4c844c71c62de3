package remote

import (
	"encoding/json"
	"errors"
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
		Type     string           `json:"type"`
		Strategy json.RawMessage  `json:"selectStrategy"`
		Scaler   *json.RawMessage `json:"autoScaler"`
	}
	if err := jsontext.Unmarshal(config, &c); err != nil {
		return Selection{}, fmt.Errorf("worker config: %w", err)
	}
	if c.Type != "" && c.Type != "default" {
		return Selection{}, fmt.Errorf("worker config: type is %q, but only \"default\" is known", c.Type)
	}
	if c.Scaler != nil && (*c.Scaler)[0] != '{' {
		return Selection{}, fmt.Errorf("worker config: autoScaler is %s, but must be an object", *c.Scaler)
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

// strategy is a selectStrategy as it is written. A Java Overlord that reads it later must find nothing missing that it needs.
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
		Slots  map[string]*int32   `json:"maxSlotCountByType"`
		Ratios map[string]*float64 `json:"maxSlotRatioByType"`
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
	limits, err := w.limits()
	if err != nil {
		return Selection{}, err
	}
	s := Selection{Fill: kind.fill, Limits: limits}
	switch {
	case kind.categories && w.Categories != nil:
		s.Categories = &Categories{Strong: w.Categories.Strong, ByType: map[string]CategoryOfType{}}
		for name, c := range w.Categories.Map {
			s.Categories.ByType[name] = CategoryOfType{Default: c.Default, ByDataSource: c.Affinity}
		}
	case !kind.categories && w.Affinity != nil:
		if err := checkAffinity(w.Affinity.Affinity); err != nil {
			return Selection{}, err
		}
		s.Affinity = &Affinity{Workers: w.Affinity.Affinity, Strong: w.Affinity.Strong}
	}
	return s, nil
}

// checkAffinity refuses workers of data sources that are not told.
func checkAffinity(workers map[string][]string) error {
	if workers == nil {
		return errors.New("affinityConfig.affinity is missing; it must be an object of data sources, each with a list of workers (host:port)")
	}
	for _, dataSource := range slices.Sorted(maps.Keys(workers)) {
		if workers[dataSource] == nil {
			return fmt.Errorf("affinityConfig.affinity.%s is null, but must be a list of workers (host:port)", dataSource)
		}
	}
	return nil
}

// limits are the taskLimits.
func (w *strategy) limits() (Limits, error) {
	l := Limits{Slots: map[string]int{}, Ratios: map[string]float64{}}
	for name, n := range w.Limits.Slots {
		switch {
		case n == nil:
			return Limits{}, fmt.Errorf("taskLimits.maxSlotCountByType.%s is null, but must be a number of slots", name)
		case *n < 0:
			return Limits{}, fmt.Errorf("taskLimits.maxSlotCountByType.%s is %d, but must not be negative", name, *n)
		}
		l.Slots[name] = int(*n)
	}
	for name, ratio := range w.Limits.Ratios {
		switch {
		case ratio == nil:
			return Limits{}, fmt.Errorf("taskLimits.maxSlotRatioByType.%s is null, but must be from 0 to 1", name)
		case !(*ratio >= 0 && *ratio <= 1):
			return Limits{}, fmt.Errorf("taskLimits.maxSlotRatioByType.%s is %v, but must be from 0 to 1", name, *ratio)
		}
		l.Ratios[name] = *ratio
	}
	return l, nil
}
