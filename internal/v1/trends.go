package v1

import (
	"errors"
	"net/http"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/metadata"
	"ovate/internal/trend"
)

// Rates are how fast tasks of this process have read over the last hour: rows and bytes per second.
type Rates interface {
	Last() (rows, bytes []trend.Point)
}

// Lags are how far supervisors were behind over the last hour; ok is false of one of which nothing is known.
type Lags interface {
	Last(supervisor string) (lag trend.Lag, ok bool)
}

// Rate is how fast tasks have read up to a moment, as a mean of half a minute.
type Rate struct {
	Time           druid.Instant `json:"time"`
	RowsPerSecond  float64       `json:"rowsPerSecond"`
	BytesPerSecond float64       `json:"bytesPerSecond"`
}

// listRates is GET /api/v1/rates: how fast the tasks of this process have read over the last hour, the oldest first.
func listRates(c *call) error {
	all := []Rate{}
	rows, bytes := c.Rates.Last()
	for i, p := range rows {
		if p.Value != trend.Unknown {
			all = append(all, Rate{p.At, p.Value, bytes[i].Value})
		}
	}
	return c.json(http.StatusOK, all)
}

// Lag is how many records a supervisor was behind at a moment.
type Lag struct {
	Time  druid.Instant `json:"time"`
	Total int64         `json:"total"`
	// Partitions are those of which the lag was kept; it is the total alone of others.
	Partitions map[string]int64 `json:"partitions"`
}

// listLag is GET /api/v1/supervisors/{id}/lag: how far a supervisor of a stream was behind in each minute of the last hour, the oldest first, as far as it knew.
func listLag(c *call) error {
	id := c.r.PathValue("id")
	s, err := c.Supervisors.Get(id)
	if errors.Is(err, metadata.ErrNotFound) {
		return refuse(http.StatusNotFound, "There is no supervisor of this id.")
	}
	if err != nil {
		return err
	}
	if !c.identity().MayAll() && !c.may(auth.Read, s.DataSource) {
		return refuse(http.StatusForbidden, "You may not read supervisor [%s].", id)
	}
	all := []Lag{}
	lag, _ := c.Lags.Last(id)
	for i, p := range lag.Total {
		if p.Value == trend.Unknown {
			continue
		}
		one := Lag{p.At, int64(p.Value), map[string]int64{}}
		for _, of := range lag.Partitions {
			if v := of.Points[i].Value; v != trend.Unknown {
				one.Partitions[of.Name] = int64(v)
			}
		}
		all = append(all, one)
	}
	return c.json(http.StatusOK, all)
}
