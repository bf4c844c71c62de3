package compat

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMutations sends a thousand random mutations of every recorded request, byte by byte as they come out, valid HTTP or
// not. Nothing that a client sends may make the server answer 5xx, hang, keep a file open, or take ever more memory.
func TestMutations(t *testing.T) {
	t.Parallel()
	mutations := 1000
	if testing.Short() {
		mutations = 50
	}
	s := start(t)
	before := s.openFiles(t)
	work := make(chan step)
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			c := &rawClient{address: strings.TrimPrefix(s.url, "http://")}
			defer c.close()
			for st := range work {
				random := rand.New(rand.NewPCG(20261123, uint64(len(st.Path)+len(st.Body))))
				for range mutations {
					request := mutate(random, st)
					if err := c.send(request); err != nil {
						t.Errorf("%v\nto %q", err, request)
						break
					}
				}
			}
		})
	}
	sent := map[string]bool{}
	for _, sc := range scenarios(t) {
		for _, st := range sc.Steps {
			key := st.Method + st.Path + string(st.Body)
			if !sent[key] {
				sent[key] = true
				work <- st
			}
		}
	}
	close(work)
	clients.Wait()

	if got := s.send(t, http.MethodGet, "/status/health", "", ""); got.body != "true" {
		t.Errorf("the server is not well afterwards: %v", got)
	}
	s.client.CloseIdleConnections()
	deadline := time.Now().Add(patience)
	for after := s.openFiles(t); after > before+10; after = s.openFiles(t) {
		if time.Now().After(deadline) {
			t.Fatalf("%d files were open before, %d are afterwards", before, after)
		}
		s.pause()
	}
	const most = 200 << 10
	if kB := s.residentKB(t); kB > most {
		t.Errorf("%d kB of memory are resident afterwards, more than %d", kB, most)
	}
}

// mutate makes a request of a step and spoils it in one to three places.
func mutate(random *rand.Rand, st step) []byte {
	path, body := st.Path, []byte(st.Body)
	if st.Raw != nil {
		body = []byte(*st.Raw)
	}
	for range 1 + random.IntN(3) {
		switch random.IntN(4) {
		case 0:
			path = string(spoil(random, []byte(path)))
		case 1:
			body = replaceValue(random, body)
		default:
			body = spoil(random, body)
		}
	}
	method := st.Method
	if random.IntN(20) == 0 {
		method = []string{"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "BREW"}[random.IntN(7)]
	}
	return fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, path, len(body), body)
}

// spoil flips, cuts, doubles or inserts bytes.
func spoil(random *rand.Rand, text []byte) []byte {
	if len(text) == 0 {
		return []byte{byte(random.Uint32())}
	}
	text = bytes.Clone(text)
	i, j := random.IntN(len(text)), random.IntN(len(text)+1)
	if i > j {
		i, j = j, i
	}
	switch random.IntN(5) {
	case 0:
		text[i] ^= 1 << random.IntN(8)
		return text
	case 1:
		return text[:i]
	case 2:
		return append(text[:i:i], text[j:]...)
	case 3:
		return append(text[:j:j], text[i:]...)
	}
	odd := []string{"%", "%00", "%2F", "%zz", "\x00", "\xff", "..", "//", "é", "\"", "{", "[[[[", "null", "-1", "1e999", "\\u0000", "9999999999999999999999", "&", "?", "#", " "}
	return append(text[:i:i], append([]byte(odd[random.IntN(len(odd))]), text[i:]...)...)
}

// replaceValue puts a value of another kind in the place of one of a JSON document's.
func replaceValue(random *rand.Rand, document []byte) []byte {
	var root any
	if json.Unmarshal(document, &root) != nil {
		return spoil(random, document)
	}
	values := []any{nil, true, -1, 0, 1e308, "", "x", " ", "a/b", "../../etc/passwd", strings.Repeat("x", 5000), []any{}, map[string]any{}, []any{[]any{[]any{}}}, "P1D", "2020-01-01/2019-01-01"}
	var descend func(v any) any
	descend = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			if len(v) > 0 && random.IntN(6) > 0 {
				name := slices.Sorted(maps.Keys(v))[random.IntN(len(v))] // sorted, so that a seed always does the same
				v[name] = descend(v[name])
				return v
			}
		case []any:
			if len(v) > 0 && random.IntN(6) > 0 {
				i := random.IntN(len(v))
				v[i] = descend(v[i])
				return v
			}
		}
		return values[random.IntN(len(values))]
	}
	spoilt, err := json.Marshal(descend(root))
	if err != nil {
		return document
	}
	return spoilt
}

// rawClient sends bytes as they are and reads HTTP answers, over one connection for as long as the server keeps it.
type rawClient struct {
	address string
	conn    net.Conn
	reader  *bufio.Reader
}

// send returns an error unless the server answers with less than 500. A request that is no HTTP may be answered by
// closing the connection, too.
func (c *rawClient) send(request []byte) error {
	fresh := c.conn == nil
	if fresh {
		conn, err := net.Dial("tcp", c.address)
		if err != nil {
			return err
		}
		c.conn, c.reader = conn, bufio.NewReader(conn)
	}
	response, err := c.exchange(request)
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
	}
	if err != nil {
		c.close()
		_, malformed := http.ReadRequest(bufio.NewReader(bytes.NewReader(request)))
		switch {
		case malformed != nil && !errors.Is(err, os.ErrDeadlineExceeded):
			return nil
		case !fresh: // the server may have closed the connection while it was idle
			return c.send(request)
		}
		return fmt.Errorf("no answer, or not all of it: %w", err)
	}
	if response.Close {
		c.close()
	}
	if response.StatusCode >= 500 {
		return fmt.Errorf("answer %s", response.Status)
	}
	return nil
}

func (c *rawClient) exchange(request []byte) (*http.Response, error) {
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return nil, err
	}
	method, _, _ := strings.Cut(string(request), " ")
	return http.ReadResponse(c.reader, &http.Request{Method: method})
}

func (c *rawClient) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// openFiles counts the files and connections that the server holds.
func (s *server) openFiles(t *testing.T) int {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.process.Pid))
	if err != nil {
		t.Logf("open files cannot be counted here: %v", err)
		return 0
	}
	return len(entries)
}

// residentKB is how much memory the server has now.
func (s *server) residentKB(t *testing.T) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Pid))
	if err != nil {
		t.Logf("memory cannot be measured here: %v", err)
		return 0
	}
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	kB := 0
	if _, err := fmt.Sscan(after, &kB); err != nil {
		t.Error(err)
	}
	t.Logf("%d kB of memory are resident", kB)
	return kB
}
