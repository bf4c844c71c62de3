package cluster_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/cluster"
)

// What Druid 33 has announced, and what is read from it.
func TestNode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		json string
		node cluster.Node
		url  string
	}{
		{
			`{"druidNode":{"service":"druid/overlord","host":"localhost","bindOnHost":false,"plaintextPort":8090,"port":-1,"tlsPort":-1,"enablePlaintextPort":true,"enableTlsPort":false},"nodeType":"overlord","services":{},"startTime":"2026-11-27T17:31:35.001Z"}`,
			cluster.Node{Role: cluster.Overlord, Service: "druid/overlord", Host: "localhost", PlaintextPort: 8090, TLSPort: -1, StartTime: 1795800695001, Services: map[string]json.RawMessage{}},
			"http://localhost:8090",
		},
		{
			`{"druidNode":{"service":"druid/middleManager","host":"fe80::1","bindOnHost":true,"plaintextPort":-1,"port":-1,"tlsPort":8291,"enablePlaintextPort":false,"enableTlsPort":true},"nodeType":"middleManager","services":{"workerNodeService":{"type":"workerNodeService","ip":"10.0.0.1","capacity":2,"version":"0","category":"_default_worker_category"}},"startTime":"2026-01-02T03:04:05.000Z"}`,
			cluster.Node{Role: cluster.MiddleManager, Service: "druid/middleManager", Host: "fe80::1", BindOnHost: true, PlaintextPort: -1, TLSPort: 8291, StartTime: 1767323045000, Services: map[string]json.RawMessage{
				"workerNodeService": json.RawMessage(`{"type":"workerNodeService","ip":"10.0.0.1","capacity":2,"version":"0","category":"_default_worker_category"}`)}},
			"https://[fe80::1]:8291",
		},
	} {
		var n cluster.Node
		if err := json.Unmarshal([]byte(c.json), &n); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.node, n); d != "" {
			t.Error("read (-want +got):", d)
		}
		if written, err := n.MarshalJSON(); err != nil || string(written) != c.json {
			t.Errorf("written %v\n%s\nwant\n%s", err, written, c.json)
		}
		if n.URL() != c.url || !n.Equal(c.node) {
			t.Errorf("its address is %s, want %s", n.URL(), c.url)
		}
	}
}

// Announcements of other versions, and what is none.
func TestNodeDecode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ json, want string }{
		{`{"druidNode":{"service":"s","host":"h","plaintextPort":8083,"port":-1,"tlsPort":-1},"nodeType":"historical","services":{"dataNodeService":{"type":"dataNodeService","tier":"_default_tier","maxSize":1,"type":"historical"}},"availableProcessors":8,"totalMemory":1}`, "historical http://h:8083"},
		{`{"druidNode":{"service":"s","host":"h","port":8083},"nodeType":"peon"}`, "peon http://h:8083"},
		{`{"druidNode":{"service":"s","host":"h","plaintextPort":1,"tlsPort":2,"enableTlsPort":true},"nodeType":"custom","services":null,"new":[]}`, "custom https://h:2"},
		{`{"druidNode":{"service":"s","host":"h","plaintextPort":1,"tlsPort":2,"enableTlsPort":false},"nodeType":"broker"}`, "broker http://h:1"},
		{``, "unexpected end"},
		{`[]`, "cannot unmarshal"},
		{`null`, "no druidNode"},
		{`{"nodeType":"broker"}`, "no druidNode"},
		{`{"druidNode":{"service":"s","plaintextPort":1},"nodeType":"broker"}`, "no host"},
		{`{"druidNode":{"service":"s","host":"h:8091/x?","plaintextPort":1},"nodeType":"broker"}`, "neither a name nor an address"},
		{`{"druidNode":{"service":"s","host":"h/x","plaintextPort":1},"nodeType":"broker"}`, "neither a name nor an address"},
		{`{"druidNode":{"service":"s","host":"u:p@h","plaintextPort":1},"nodeType":"broker"}`, "neither a name nor an address"},
		{`{"druidNode":{"service":"s","host":"h h","plaintextPort":1},"nodeType":"broker"}`, "neither a name nor an address"},
		{`{"druidNode":{"service":"s","host":"h#","plaintextPort":1},"nodeType":"broker"}`, "neither a name nor an address"},
		{`{"druidNode":{"service":"s","host":"fe80::1%eth0","plaintextPort":1},"nodeType":"broker"}`, "neither a name nor an address"},
		{`{"druidNode":{"service":"s","host":"my_host-1.example","plaintextPort":1},"nodeType":"broker"}`, "broker http://my_host-1.example:1"},
		{`{"druidNode":{"service":"s","host":"h"},"nodeType":"broker"}`, "no port"},
		{`{"druidNode":{"service":"s","host":"h","plaintextPort":70000},"nodeType":"broker"}`, "70000"},
		{`{"druidNode":{"service":"s","host":"h","plaintextPort":1},"nodeType":"broker","startTime":"yesterday"}`, "yesterday"},
	} {
		var n cluster.Node
		got := ""
		if err := n.UnmarshalJSON([]byte(c.json)); err != nil {
			got = err.Error()
		} else {
			got = string(n.Role) + " " + n.URL()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s is %q, want %q", c.json, got, c.want)
		}
	}
}

// What is written is read as it was, and is JSON whatever the names are.
func TestNodeRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := cluster.Node{
			Role: rapid.SampledFrom([]cluster.Role{cluster.Coordinator, cluster.Historical, cluster.Broker, cluster.Peon, cluster.Router, cluster.Indexer, ""}).Draw(t, "role"), Service: rapid.String().Draw(t, "service"), Host: rapid.StringMatching(`[a-zA-Z0-9._\-]+|::[0-9a-f]{1,4}`).Draw(t, "host"),
			PlaintextPort: rapid.IntRange(-1, 65535).Draw(t, "port"), TLSPort: rapid.IntRange(-1, 65535).Draw(t, "tls"), BindOnHost: rapid.Bool().Draw(t, "bind"),
			StartTime: druid.Instant(rapid.Int64Range(0, 4102444800000).Draw(t, "start")),
			Services:  map[string]json.RawMessage{},
		}
		for _, name := range rapid.SliceOf(rapid.String()).Draw(t, "services") {
			n.Services[name] = json.RawMessage(`{"type":"x"}`)
		}
		written, err := n.MarshalJSON()
		if n.PlaintextPort < 0 && n.TLSPort < 0 {
			if err == nil {
				t.Error("a node without a port is written")
			}
			return
		}
		var read cluster.Node
		if err != nil || json.Unmarshal(written, &read) != nil || !read.Equal(n) {
			t.Errorf("%v\n%s\nis read as %+v", err, written, read)
		}
	})
}

// TestCheckURL: requests are sent on to servers, and to nothing else that may stand in a URL.
func TestCheckURL(t *testing.T) {
	t.Parallel()
	for address, right := range map[string]bool{
		"http://h:8090": true, "https://[fe80::1]:8290": true, "http://10.0.0.1:8090": true, "http://h": true,
		"": false, "h:8090": false, "ftp://h:1": false, "http://u@h:1": false, "http://h:1/": false, "http://h:1/x?": false, "http://h:1?": false, "http://h:1#": false,
		"http://h h:1": false, "http://:1": false, "http://h\n:1": false, "//h:1": false, "HTTP://h:1": false,
	} {
		if err := cluster.CheckURL(address); (err == nil) != right {
			t.Errorf("%q: %v", address, err)
		}
	}
}
