package coordinator_test

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"ovate/internal/cluster"
	"ovate/internal/cluster/clustertest"
	"ovate/internal/coordinator"
	"ovate/internal/request"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// nodeAt is the node that listens there.
func nodeAt(t *testing.T, address string) cluster.Node {
	t.Helper()
	host, port, err := net.SplitHostPort(strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return cluster.Node{Role: cluster.Coordinator, Host: host, PlaintextPort: n, TLSPort: -1}
}

// Whichever of the Coordinators is asked first, the one that leads answers; one that has gone, or cannot be reached, is passed over, and nobody is
// followed out of the cluster.
func TestClient(t *testing.T) {
	t.Parallel()
	leads := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte(r.URL.RequestURI()))
	}))
	defer leads.Close()
	to := leads.URL
	follows := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, to+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	}))
	defer follows.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	d := &clustertest.Directory{}
	c := coordinator.New(d, request.Outgoing{})
	defer c.Stop()
	if _, _, err := c.Get(t.Context(), "/a"); !errors.Is(err, coordinator.ErrNone) || d.Role != cluster.Coordinator {
		t.Errorf("nobody is there: %v", err)
	}
	get := func(want string) {
		t.Helper()
		status, body, err := c.Get(t.Context(), "/a?b=c%20d")
		got := string(body)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) || (status == http.StatusTeapot) != (err == nil) {
			t.Errorf("%d %s, want %s", status, got, want)
		}
	}
	d.Changed(cluster.Change{Came: []cluster.Node{nodeAt(t, gone.URL), nodeAt(t, follows.URL), nodeAt(t, leads.URL)}})
	get("/a?b=c%20d")
	d.Changed(cluster.Change{Went: []cluster.Node{nodeAt(t, gone.URL), nodeAt(t, leads.URL)}})
	get("where no Coordinator is announced")
	to = follows.URL
	get("it sends to")
	d.Changed(cluster.Change{Went: []cluster.Node{nodeAt(t, follows.URL)}, Came: []cluster.Node{nodeAt(t, leads.URL)}})
	get("/a?b=c%20d")
}
