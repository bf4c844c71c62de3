package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"

	"ovate/internal/jsontext"
	"ovate/internal/request"
)

// ask has a worker tell what it is. It is known by the name that it gives itself, as it would be announced, and is reached at the URL. A Capacity
// of 0 means that it does not say.
func (l Listed) ask(ctx context.Context, url string) (*Node, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	var enabled map[string]bool
	if err := l.get(ctx, url+"/druid/worker/v1/enabled", &enabled); err != nil {
		if status, ok := errors.AsType[*request.StatusError](err); ok && status.Code == http.StatusNotFound {
			err = fmt.Errorf("it is no MiddleManager, and no Indexer: %w", err)
		}
		return nil, err
	}
	var properties map[string]string
	if err := l.get(ctx, url+"/status/properties", &properties); err != nil {
		return nil, err
	}
	scheme, _, _ := strings.Cut(url, "://")
	for host := range enabled {
		if name, _, err := net.SplitHostPort(host); err == nil && len(enabled) == 1 {
			return present(Node{Scheme: scheme, Host: host, IP: name, URL: url}, properties)
		}
	}
	return nil, &wrongAnswer{fmt.Errorf("%v does not name one host and its port", enabled)}
}

// present is a worker with what its properties say.
func present(n Node, properties map[string]string) (*Node, error) {
	said := func(name, otherwise string) string {
		return cmp.Or(strings.TrimSpace(properties["druid.worker."+name]), otherwise)
	}
	n.IP, n.Version, n.Category = said("ip", n.IP), said("version", usualVersion), said("category", usualCategory)
	if capacity := said("capacity", ""); capacity != "" {
		var err error
		if n.Capacity, err = strconv.Atoi(capacity); err != nil || n.Capacity < 1 {
			return nil, fmt.Errorf("its druid.worker.capacity is %q, and must be a whole number from 1", capacity)
		}
	}
	return &n, nil
}

// get reads an answer in JSON.
func (l Listed) get(ctx context.Context, address string, into any) error {
	const most = 4 << 20
	resp, err := calls{http: l.HTTP}.do(ctx, http.MethodGet, address, nil, http.StatusOK)
	if err != nil {
		return err
	}
	body, err := readAnswer(resp, most)
	if err != nil {
		return err
	}
	if err := jsontext.Unmarshal(body, into); err != nil {
		return &wrongAnswer{fmt.Errorf("%s: %w", address, err)} // what stands there may be secret
	}
	return nil
}
