package druid

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"
)

func TestStatusesAsDruid(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/druid-statuses.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		var got []byte
		if strings.Contains(line, `"statusCode"`) {
			var s TaskStatusPlus
			err = json.Unmarshal([]byte(line), &s)
			got = s.AppendJSON(nil)
		} else {
			var s TaskStatus
			err = json.Unmarshal([]byte(line), &s)
			got = s.AppendJSON(nil)
		}
		if err != nil || string(got) != line {
			t.Errorf("%v\n got %s\nwant %s", err, got, line)
		}
	}
}

func TestStatusOfNothing(t *testing.T) {
	t.Parallel()
	got := string((&TaskStatusPlus{ID: "a", Duration: -1, Location: UnknownLocation}).AppendJSON(nil))
	want := `{"id":"a","groupId":null,"type":null,"createdTime":"1970-01-01T00:00:00.000Z",` +
		`"queueInsertionTime":"1970-01-01T00:00:00.000Z","statusCode":null,"status":null,"runnerStatusCode":null,` +
		`"duration":-1,"location":{"host":null,"port":-1,"tlsPort":-1},"dataSource":null,"errorMsg":null}`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestTaskLocation(t *testing.T) {
	t.Parallel()
	l := TaskLocation{Host: "h", Port: 1, TLSPort: -1, K8sPodName: "pod"}
	want := `{"host":"h","port":1,"tlsPort":-1,"k8sPodName":"pod"}`
	b, err := json.Marshal(l)
	if err != nil || string(b) != want {
		t.Errorf("got %s, %v, want %s", b, err, want)
	}
	var back TaskLocation
	if err := json.Unmarshal(b, &back); err != nil || back != l {
		t.Errorf("%s came back as %+v, %v", b, back, err)
	}
}

// An address has a port that is in use, that with TLS where there are both.
func TestAddress(t *testing.T) {
	t.Parallel()
	for want, l := range map[string]TaskLocation{
		"": UnknownLocation, "h:8090": {Host: "h", Port: 8090, TLSPort: -1}, "h:8290": {Host: "h", Port: -1, TLSPort: 8290}, "h:443": {Host: "h", Port: 8090, TLSPort: 443},
	} {
		if got := l.Address(); got != want {
			t.Errorf("%+v is at %q, want %q", l, got, want)
		}
	}
}

func TestTaskStatusRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{`{}`, `{"id":"a"}`, `{"id":"a","status":"WAITING"}`, `{"status":"RUNNING"}`, `[]`} {
		if err := json.Unmarshal([]byte(bad), new(TaskStatus)); err == nil {
			t.Errorf("%s was taken for a status", bad)
		}
	}
	var s TaskStatus
	if err := json.Unmarshal([]byte(`{"id":"a","status":"RUNNING"}`), &s); err != nil || s.Location != UnknownLocation {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestTruncateErrorMsg(t *testing.T) {
	t.Parallel()
	x := strings.Repeat
	for _, c := range []struct{ about, msg, want string }{
		{"short", "no", "no"},
		{"just fits", x("a", 1024), x("a", 1024)},
		{"one too many", x("a", 512) + "b" + x("c", 512), x("a", 512) + "...1 characters omitted..." + x("c", 512)},
		{"many bytes, few units", x("é", 1024), x("é", 1024)},
		{"units, not runes", x("😀", 513), x("😀", 256) + "...2 characters omitted..." + x("😀", 256)},
		{"cut before", x("a", 512) + "...5000 characters omitted..." + x("c", 512), x("a", 512) + "...5000 characters omitted..." + x("c", 512)},
	} {
		if got := TruncateErrorMsg(c.msg); got != c.want {
			t.Errorf("%s: got %s", c.about, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		once := TruncateErrorMsg(x(rapid.String().Draw(t, "msg"), rapid.IntRange(1, 500).Draw(t, "times")))
		if TruncateErrorMsg(once) != once {
			t.Fatalf("%q was cut again", once)
		}
		if n := len(utf16.Encode([]rune(once))); n > 1024+len("...1000000 characters omitted...") {
			t.Fatalf("%d units are left", n)
		}
	})
}

func TestAppendStatusDoesNotAllocate(t *testing.T) {
	s := sampleStatus()
	dst := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { dst = s.AppendJSON(dst[:0]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func sampleStatus() *TaskStatusPlus {
	return &TaskStatusPlus{
		ID:      "index_parallel_wiki_lempipdp_2026-11-23T19:56:00.093Z",
		GroupID: "index_parallel_wiki_lempipdp_2026-11-23T19:56:00.093Z",
		Type:    "index_parallel", Created: 1795463760093, QueueInserted: 1795463760193, State: Running, Runner: RunnerRunning,
		Duration: -1, Location: TaskLocation{Host: "localhost", Port: 8100, TLSPort: -1}, DataSource: "wiki",
	}
}

func BenchmarkTaskStatusPlusAppendJSON(b *testing.B) {
	s := sampleStatus()
	dst := s.AppendJSON(nil)
	b.SetBytes(int64(len(dst)))
	for b.Loop() {
		dst = s.AppendJSON(dst[:0])
	}
}

func BenchmarkInstantAppendTo(b *testing.B) {
	dst := make([]byte, 0, 32)
	for at := Instant(1795463760093); b.Loop(); at += 61_001 {
		dst = at.AppendTo(dst[:0])
	}
}

func BenchmarkParseInstant(b *testing.B) {
	for _, text := range []string{"2026-11-23T19:56:00.093Z", "2026-11-23T19:56:00+02:00", "2026-11-23"} {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				if _, err := ParseInstant(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
