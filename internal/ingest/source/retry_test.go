package source

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/spec"
)

// server answers the requests of a test, of which the first has the number 1.
type server func(try int, r *http.Request) (*http.Response, error)

// transport counts the tries.
type transport struct {
	server server
	tries  int
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Context().Err() != nil {
		return nil, r.Context().Err()
	}
	t.tries++
	return t.server(t.tries, r)
}

// answer makes an answer; the fields of its header are "Name: value".
func answer(code int, body io.Reader, header ...string) (*http.Response, error) {
	r := &http.Response{Status: fmt.Sprint(code, " ", http.StatusText(code)), StatusCode: code, Header: http.Header{}, Body: io.NopCloser(body), ContentLength: -1}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	return r, nil
}

// broken is the beginning of a text, after which the connection is reset.
func broken(text string) io.Reader {
	return io.MultiReader(strings.NewReader(text), readerFunc(func([]byte) (int, error) { return 0, syscall.ECONNRESET }))
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// fetched is what became of a fetch.
type fetched struct {
	text     string
	err      error
	tries    int
	took     time.Duration
	consumed int64
	told     []Interruption
}

// fetchFrom fetches http://host/file in a bubble, where pauses take no time.
func fetchFrom(ctx context.Context, s server) (f fetched) {
	begun, stub := time.Now(), &transport{server: s}
	u := &url.URL{Scheme: "http", Host: "host", Path: "/file"}
	get := &fetch{client: &http.Client{Transport: stub}, url: u, name: u.String(), source: &spec.HTTPSource{}, notify: func(i Interruption) { f.told = append(f.told, i) }}
	consumed := new(atomic.Int64)
	r, err := get.open(ctx, consumed)
	if err == nil {
		var b []byte
		b, err = io.ReadAll(r)
		f.text, err = string(b), errors.Join(err, r.Close())
	}
	f.err, f.tries, f.took, f.consumed = err, stub.tries, time.Since(begun), consumed.Load()
	return f
}

const file = "0123456789abcdefghij"

func TestHTTPIsTriedAgain(t *testing.T) {
	t.Parallel()
	busy := func(code int, header ...string) server {
		return func(try int, _ *http.Request) (*http.Response, error) {
			if try <= 2 {
				return answer(code, strings.NewReader("wait"), header...)
			}
			return answer(200, strings.NewReader(file))
		}
	}
	failing := func(err error) server {
		return func(try int, _ *http.Request) (*http.Response, error) {
			if try <= 2 {
				return nil, err
			}
			return answer(200, strings.NewReader(file))
		}
	}
	for name, c := range map[string]struct {
		server      server
		least, most time.Duration
	}{
		"500":                 {busy(500), 0, 6 * time.Second},
		"503":                 {busy(503), 0, 6 * time.Second},
		"429":                 {busy(429), 0, 6 * time.Second},
		"408":                 {busy(408), 0, 6 * time.Second},
		"429, seconds":        {busy(429, "Retry-After: 40"), 80 * time.Second, 80 * time.Second},
		"503, for a day":      {busy(503, "Retry-After: 86400"), 10 * time.Minute, 10 * time.Minute},
		"503, in the past":    {busy(503, "Retry-After: Mon, 02 Jan 1995 00:00:00 GMT"), 0, 6 * time.Second},
		"503, at a time":      {busy(503, "Retry-After: Sat, 01 Jan 2000 00:00:50 GMT"), 49 * time.Second, 56 * time.Second},
		"503, nobody knows":   {busy(503, "Retry-After: soon"), 0, 6 * time.Second},
		"refused":             {failing(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), 0, 6 * time.Second},
		"reset":               {failing(syscall.ECONNRESET), 0, 6 * time.Second},
		"closed":              {failing(io.EOF), 0, 6 * time.Second},
		"names, for a moment": {failing(&net.DNSError{Err: "server misbehaving", IsTemporary: true}), 0, 6 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got := fetchFrom(t.Context(), c.server)
				if got.err != nil || got.text != file || got.tries != 3 || got.consumed != int64(len(file)) || len(got.told) != 2 {
					t.Errorf("%+v", got)
				}
				if got.took < c.least || got.took > c.most {
					t.Errorf("it took %s", got.took)
				}
				for i, told := range got.told {
					if told.Input != "http://host/file" || told.Err == nil || told.Try != i+1 || told.Tries != 10 || told.Pause < 0 {
						t.Errorf("told of %+v", told)
					}
				}
			})
		})
	}
}

// What comes again however often one tries fails at once; all else after the tries and the pauses of Druid.
func TestHTTPGivesUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		code  int
		err   error
		tries int
		want  string
	}{
		"404":           {code: 404, tries: 1, want: "the server answered 404 Not Found"},
		"403":           {code: 403, tries: 1, want: "403"},
		"416":           {code: 416, tries: 1, want: "416"},
		"204":           {code: 204, tries: 1, want: "204"},
		"no such name":  {err: &net.DNSError{Err: "no such host", Name: "host", IsNotFound: true}, tries: 1, want: "no such host"},
		"not allowed":   {err: final{errors.New("not a public address")}, tries: 1, want: "not a public address"},
		"no TLS":        {err: tls.RecordHeaderError{Msg: "no TLS"}, tries: 1, want: "no TLS"},
		"503 for ever":  {code: 503, tries: 10, want: "the server answered 503 Service Unavailable (tried 10 times)"},
		"reset forever": {err: syscall.ECONNRESET, tries: 10, want: "(tried 10 times)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got := fetchFrom(t.Context(), func(int, *http.Request) (*http.Response, error) {
					if c.err != nil {
						return nil, c.err
					}
					return answer(c.code, strings.NewReader("no"))
				})
				if got.err == nil || !strings.Contains(got.err.Error(), "GET http://host/file: ") || !strings.Contains(got.err.Error(), c.want) || got.tries != c.tries {
					t.Errorf("%+v", got)
				}
				if c.tries == 1 && got.took > 0 || c.tries > 1 && (got.took < 2*time.Minute || got.took > 7*time.Minute) {
					t.Errorf("it took %s", got.took)
				}
			})
		})
	}
}

// ranged serves the file with ranges, in pieces of n bytes after which the connection breaks off.
func ranged(n int, header ...string) server {
	return func(_ int, r *http.Request) (*http.Response, error) {
		from := 0
		fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
		body := io.Reader(strings.NewReader(file[from:]))
		if from+n < len(file) {
			body = broken(file[from : from+n])
		}
		if from == 0 {
			return answer(200, body, header...)
		}
		return answer(206, body, append(header, fmt.Sprintf("Content-Range: bytes %d-%d/%d", from, len(file)-1, len(file)))...)
	}
}

// fromTheStart serves the first n bytes of the file, and a version of it afterwards, with ranges if it is asked for some.
func fromTheStart(n int, then string, header ...string) server {
	return func(try int, r *http.Request) (*http.Response, error) {
		if try == 1 {
			return answer(200, broken(file[:n]), header...)
		}
		if r.Header.Get("Range") != "" {
			return answer(206, strings.NewReader(then[n:]), append(header, fmt.Sprintf("Content-Range: bytes %d-%d/%d", n, len(then)-1, len(then)))...)
		}
		return answer(200, strings.NewReader(then), header...)
	}
}

func TestHTTPGoesOnWhereItBrokeOff(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server server
		want   string // of the error; empty if the file comes
	}{
		"ranges with a tag": {ranged(7, `ETag: "v1"`), ""},
		"ranges with a time": {func(try int, r *http.Request) (*http.Response, error) {
			a, err := ranged(3, "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT", "Date: Sat, 01 Jan 2000 00:02:00 GMT")(try, r)
			if a.StatusCode == 200 {
				a.ContentLength = int64(len(file))
			}
			return a, err
		}, ""},
		"ranges with a time of now":              {fromTheStart(9, file, "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT", "Date: Sat, 01 Jan 2000 00:00:00 GMT"), ""},
		"it changed in the second of the answer": {fromTheStart(9, "X"+file[1:], "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT", "Date: Sat, 01 Jan 2000 00:00:00 GMT"), "has changed"},
		"it changed, and no date is told":        {fromTheStart(9, "X"+file[1:], "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT"), "has changed"},
		"it changed, of another length": {func(try int, r *http.Request) (*http.Response, error) {
			a, err := fromTheStart(9, file+"+", "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT", "Date: Sat, 01 Jan 2000 00:02:00 GMT")(try, r)
			if try == 1 {
				a.ContentLength = int64(len(file))
			}
			return a, err
		}, "has changed"},
		"every byte by itself":      {ranged(1, `ETag: "v1"`), ""},
		"ranges without a tag":      {fromTheStart(9, file), ""},
		"ranges with a weak tag":    {fromTheStart(9, file, `ETag: W/"v1"`), ""},
		"it changed, without a tag": {fromTheStart(9, "X"+file[1:]), "has changed"},
		"it changed, by a weak tag": {fromTheStart(9, "X"+file[1:], `ETag: W/"v1"`), "has changed"},
		"a range nobody has asked for": {func(try int, r *http.Request) (*http.Response, error) {
			if try == 1 {
				return answer(200, broken(file[:9]))
			}
			return answer(206, strings.NewReader(file[9:]), fmt.Sprintf("Content-Range: bytes 9-%d/%d", len(file)-1, len(file)))
		}, "206"},
		"no ranges": {func(try int, _ *http.Request) (*http.Response, error) {
			if try == 1 {
				return answer(200, broken(file[:9]))
			}
			return answer(200, strings.NewReader(file))
		}, ""},
		"no ranges, and broken while it is skipped": {func(try int, _ *http.Request) (*http.Response, error) {
			if try > 6 {
				return answer(200, strings.NewReader(file))
			}
			return answer(200, broken(file[:5+4*(try%2)+try]))
		}, ""},
		"broken off after the last byte": {func(try int, r *http.Request) (*http.Response, error) {
			if try == 1 {
				return answer(200, broken(file), `ETag: "v1"`)
			}
			return answer(416, strings.NewReader("no"), fmt.Sprintf("Content-Range: bytes */%d", len(file)))
		}, ""},
		"shorter than it was said to be": {func(try int, r *http.Request) (*http.Response, error) {
			if try > 1 {
				return ranged(len(file))(try, r)
			}
			a, err := answer(200, strings.NewReader(file[:5]))
			a.ContentLength = int64(len(file))
			return a, err
		}, ""},
		"it changed, by its tag": {func(try int, r *http.Request) (*http.Response, error) {
			return ranged(8, fmt.Sprintf(`ETag: "%d"`, try))(try, r)
		}, "has changed"},
		"it changed, by its time": {func(try int, r *http.Request) (*http.Response, error) {
			return ranged(8, fmt.Sprintf("Last-Modified: Sat, 01 Jan 2000 00:00:%02d GMT", try), "Date: Sat, 01 Jan 2000 00:02:00 GMT")(try, r)
		}, "has changed"},
		"it changed, by what was read": {func(try int, r *http.Request) (*http.Response, error) {
			if try == 1 {
				return answer(200, broken(file[:9]))
			}
			return answer(200, strings.NewReader("X"+file[1:]))
		}, "has changed"},
		"it changed, by its length": {func(try int, r *http.Request) (*http.Response, error) {
			a, err := answer(200, broken(file[:9]))
			a.ContentLength = int64(20 + try)
			return a, err
		}, "has changed"},
		"another range": {func(try int, r *http.Request) (*http.Response, error) {
			if try == 1 {
				return answer(200, broken(file[:9]), `ETag: "v1"`)
			}
			return answer(206, strings.NewReader(file[8:]), "Content-Range: bytes 8-19/20")
		}, `was asked for bytes from 9 and answered "bytes 8-19/20"`},
		"more than it was said to be": {func(try int, _ *http.Request) (*http.Response, error) {
			if try == 1 {
				return answer(200, broken(file[:9]), `ETag: "v1"`)
			}
			return answer(206, strings.NewReader(file[9:]+"klm"), `ETag: "v1"`, "Content-Range: bytes 9-19/20")
		}, "more than the 20 bytes"},
		"a rest that is cut off, of a length that is known since": {func(try int, r *http.Request) (*http.Response, error) {
			switch try {
			case 1:
				return answer(200, broken(file[:9]), `ETag: "v1"`)
			case 2:
				return answer(206, strings.NewReader(file[9:14]), `ETag: "v1"`, "Content-Range: bytes 9-19/20")
			}
			return ranged(len(file), `ETag: "v1"`)(try, r)
		}, ""},
		"gone meanwhile": {func(try int, r *http.Request) (*http.Response, error) {
			if try == 1 {
				return answer(200, broken(file[:9]))
			}
			return answer(404, strings.NewReader("no"))
		}, "404"},
		"always at the same place": {func(int, *http.Request) (*http.Response, error) { return answer(200, broken(file[:9])) }, "(tried 10 times)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got := fetchFrom(t.Context(), c.server)
				if c.want == "" && (got.err != nil || got.text != file || got.consumed != int64(len(file))) {
					t.Errorf("%+v", got)
				}
				if c.want != "" && (got.err == nil || !strings.Contains(got.err.Error(), c.want) || !strings.HasPrefix(file, got.text)) {
					t.Errorf("%+v, want %q", got, c.want)
				}
			})
		})
	}
}

// However connections break off, and whatever the server makes of ranges, every byte comes once.
func TestHTTPReadsEveryByteOnce(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 33))
			text := strings.Repeat(file, 200)
			got := fetchFrom(t.Context(), func(try int, r *http.Request) (*http.Response, error) {
				from := 0
				if try > 1 && random.IntN(3) > 0 {
					fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
				}
				if random.IntN(4) == 0 {
					return answer(503, strings.NewReader("wait"))
				}
				var body io.Reader = strings.NewReader(text[from:])
				if cut := from + random.IntN(2*len(text)); cut < len(text) {
					body = broken(text[from:cut])
				}
				if from == 0 {
					return answer(200, body)
				}
				return answer(206, body, fmt.Sprintf("Content-Range: bytes %d-%d/%d", from, len(text)-1, len(text)))
			})
			if got.err != nil || got.text != text {
				t.Errorf("seed %d: %d bytes, %v", seed, len(got.text), got.err)
			}
		})
	}
}

func TestHTTPPauseEndsWithTheTask(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]server{
		"before the file": func(int, *http.Request) (*http.Response, error) {
			return answer(503, strings.NewReader("wait"), "Retry-After: 100")
		},
		"within the file": func(try int, _ *http.Request) (*http.Response, error) {
			if try == 1 {
				return answer(200, broken(file[:9]))
			}
			return answer(503, strings.NewReader("wait"), "Retry-After: 100")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stopped := errors.New("shut down")
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(30*time.Second, func() { cancel(stopped) })
				if got := fetchFrom(ctx, s); !errors.Is(got.err, stopped) || got.took != 30*time.Second {
					t.Errorf("%+v", got)
				}
			})
		})
	}
}
