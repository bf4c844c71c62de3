package api

import (
	"math"
	"net/url"
	"strconv"
	"strings"

	"ovate/druid"
)

// query is the parameters of a URL. Only `&` parts them, and of several with one name the first counts.
type query map[string]string

func (c *call) query() (query, error) {
	q := query{}
	for part := range strings.SplitSeq(c.r.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(part, "=")
		key, err := url.QueryUnescape(name)
		if err != nil {
			return nil, badRequest("Query parameter [%s] is not percent-encoded rightly: %v.", name, err)
		}
		text, err := url.QueryUnescape(value)
		if err != nil {
			return nil, badRequest("Value [%s] of query parameter [%s] is not percent-encoded rightly: %v.", value, key, err)
		}
		if _, given := q[key]; !given && part != "" {
			q[key] = strings.ToValidUTF8(text, "\uFFFD")
		}
	}
	return q, nil
}

// count reads a parameter that says how many, -1 when it is absent or empty.
func (q query) count(name string) (int, error) {
	text := q[name]
	if text == "" {
		return -1, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0, badRequest("Invalid value for query parameter [%s]: Value [%s] must be a whole number from 0 to %d.", name, text, math.MaxInt32)
	}
	return int(n), nil
}

// interval reads an ISO-8601 interval, in which `_` may stand for the `/` that is awkward in a URL; nil when absent.
func (q query) interval(name string) (*druid.Interval, error) {
	text, given := q[name]
	if !given {
		return nil, nil
	}
	i, err := druid.ParseInterval(strings.ReplaceAll(text, "_", "/"))
	if err != nil {
		return nil, badRequest("Invalid value for query parameter [%s]: %v. Give start and end, such as 2016-06-27_2016-06-28.", name, err)
	}
	return &i, nil
}
