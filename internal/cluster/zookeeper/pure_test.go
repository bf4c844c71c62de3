package zookeeper

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ovate/internal/cluster"
)

// The order is Java's: by what follows the last "latch-", else by the name, as texts.
func TestPlace(t *testing.T) {
	t.Parallel()
	const a, b, c = "_c_ffff-latch-0000000001", "_c_0000-latch-0000000002", "_c_8888-latch-0000000010"
	for _, test := range []struct {
		names       []string
		name        string
		first, last string
		found       bool
	}{
		{nil, a, "", "", false},
		{[]string{a}, a, a, "", true},
		{[]string{b, a}, a, a, "", true},
		{[]string{c, a, b}, c, a, b, true},
		{[]string{c, b, a}, b, a, a, true},
		{[]string{c, b}, a, b, "", false},
		{[]string{"latch-0000000003", c, b}, c, b, "latch-0000000003", true},
		{[]string{"x-latch-latch-0000000000", a}, a, "x-latch-latch-0000000000", "x-latch-latch-0000000000", true},
		{[]string{"_c_1-latch--2147483648", a}, a, "_c_1-latch--2147483648", "_c_1-latch--2147483648", true}, // the counter has overflowed
		{[]string{"zzz", a, "0"}, a, "0", "0", true},
		{[]string{"zzz", a}, a, a, "", true},
	} {
		last, found := before(test.names, test.name)
		if f := first(test.names); f != test.first || found != test.found || found && last != test.last {
			t.Errorf("of %q %q is first, and %q before %q (found: %v); want %q, %q, %v", test.names, f, last, test.name, found, test.first, test.last, test.found)
		}
	}
}

// Whatever lies there, exactly one leads, and everybody else waits for one that is there, in a row to the first.
func TestPlaceProperty(t *testing.T) {
	t.Parallel()
	names := rapid.OneOf(rapid.StringMatching(`_c_[0-9a-f]{4}-latch-[0-9]{10}`), rapid.StringMatching(`[a-z]{1,3}(latch-)?[0-9]{0,3}`))
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfNDistinct(names, 1, 10, rapid.ID).Draw(t, "names")
		for _, name := range all {
			at := name
			for range all {
				previous, found := before(all, at)
				if !found {
					t.Fatalf("%q is not found", at)
				}
				if previous == "" {
					break
				}
				at = previous
			}
			if at != first(all) {
				t.Fatalf("from %q it goes to %q, and %q leads", name, at, first(all))
			}
		}
	})
}

func TestLease(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	at := func(seconds int) time.Time { return begin.Add(time.Duration(seconds) * time.Second) }
	l := lease{30 * time.Second, begin}
	for _, test := range []struct {
		answered int // the last question that was answered was asked then
		now      int
		over     bool
	}{
		{0, 0, false}, {0, 19, false}, {0, 20, true}, {0, 1000, true},
		{15, 34, false}, {15, 35, true},
		{5, 34, false}, // an answer to an earlier question changes nothing
		{5, 35, true},
	} {
		if l = l.answered(at(test.answered)); l.over(at(test.now)) != test.over {
			t.Errorf("after an answer to what was sent at %d s it is %v that the lead is over at %d s", test.answered, !test.over, test.now)
		}
	}
	if l.ask() != 5*time.Second {
		t.Errorf("it asks every %v", l.ask())
	}
}

// The servers are tried in turn, and only the first attempt comes without a pause.
func TestHosts(t *testing.T) {
	t.Parallel()
	h := new(hosts)
	if err := h.Init([]string{"a:1", "b:1", "c:1"}); err != nil {
		t.Fatal(err)
	}
	var tried []string
	for i := range 6 {
		server, pause := h.Next()
		if tried = append(tried, server); pause != (i > 0) {
			t.Errorf("attempt %d: pause %v", i, pause)
		}
		h.Connected()
	}
	if !slices.Equal(tried[:3], tried[3:]) {
		t.Errorf("they are tried in the order %q", tried)
	}
	slices.Sort(tried[:3])
	if !slices.Equal(tried[:3], []string{"a:1", "b:1", "c:1"}) {
		t.Errorf("the first three are %q", tried[:3])
	}
}

func TestDifference(t *testing.T) {
	t.Parallel()
	node := func(host string, started int) cluster.Node {
		return cluster.Node{Role: cluster.Peon, Host: host, PlaintextPort: 1, TLSPort: -1, Services: map[string]json.RawMessage{"x": json.RawMessage(`{}`)}, StartTime: 1 << started}
	}
	nodes := func(text string) map[string]cluster.Node { // a, or a2 of another start
		all := map[string]cluster.Node{}
		for _, n := range strings.Fields(text) {
			all[n[:1]] = node(n[:1], len(n))
		}
		return all
	}
	list := func(all []cluster.Node) (text string) {
		for _, n := range all {
			text += " " + n.Host
		}
		return strings.TrimSpace(text)
	}
	for _, test := range []struct{ before, now, went, came string }{
		{"", "", "", ""},
		{"", "b a", "", "a b"},
		{"a b", "a b", "", ""},
		{"a b", "b c", "a", "c"},
		{"a b", "a2 b", "a", "a"},
		{"a b c", "", "a b c", ""},
	} {
		d := difference(nodes(test.before), nodes(test.now))
		if list(d.Went) != test.went || list(d.Came) != test.came {
			t.Errorf("from %q to %q %q went and %q came; want %q, %q", test.before, test.now, list(d.Went), list(d.Came), test.went, test.came)
		}
	}
}

func TestCompress(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{}", strings.Repeat("x", 100000)} {
		packed, err := compress([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, data := range [][]byte{packed, []byte(text)} {
			if plain, err := decompress(data); err != nil || string(plain) != text {
				t.Errorf("%d bytes become %d, %v", len(data), len(plain), err)
			}
		}
	}
	bomb, err := compress(make([]byte, 17<<20))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decompress(bomb); err == nil {
		t.Error("17 MB are decompressed")
	}
	if _, err := decompress(bomb[:100]); err == nil {
		t.Error("half of a gzip is taken")
	}
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	c := Config{Base: "/druid"}
	for role, want := range map[cluster.Role]string{cluster.MiddleManager: "MIDDLE_MANAGER", cluster.Overlord: "OVERLORD", cluster.Indexer: "INDEXER", "custom": "CUSTOM"} {
		if got := c.directory(role); got != "/druid/internal-discovery/"+want {
			t.Errorf("%s is in %s", role, got)
		}
	}
}

// The greeting is read along however it is cut, and a server that says nothing is not waited for for ever.
func TestSocket(t *testing.T) {
	t.Parallel()
	greeting := append([]byte{0, 0, 0, 37, 0, 0, 0, 0, 0, 0, 0x75, 0x30}, bytes.Repeat([]byte{7}, 29)...)
	for range 20 {
		client, server := net.Pipe()
		s := newSocket(client, time.Minute)
		go func() {
			defer server.Close()
			for rest := greeting; len(rest) > 0; {
				n := min(1+rand.IntN(12), len(rest))
				if _, err := server.Write(rest[:n]); err != nil {
					return
				}
				rest = rest[n:]
			}
		}()
		var all []byte
		for buffer := make([]byte, 5); ; {
			n, err := s.Read(buffer)
			if all = append(all, buffer[:n]...); err != nil {
				break
			}
		}
		if !bytes.Equal(all, greeting) || s.timeout() != 30*time.Second {
			t.Errorf("it read %x, and a timeout of %v", all, s.timeout())
		}
		client.Close()
	}
	client, server := net.Pipe()
	defer server.Close()
	defer client.Close()
	s := newSocket(client, time.Millisecond)
	if err := s.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(make([]byte, 4)); err == nil {
		t.Error("it reads from a server that says nothing")
	}
}
