package task

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
	"ovate/internal/ingest/source"
)

// noon is when the tasks of these tests are submitted.
const noon druid.Instant = 1_790_000_000_000

// text makes JSON of a text in which ' stands for ".
func text(s string) []byte { return []byte(strings.ReplaceAll(s, "'", `"`)) }

const contextJSON = `'context':{'forceTimeChunkLock':true,'useLineageBasedSegmentAllocation':true}`

func TestEcho(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, given, want string }{
		{
			"noop with defaults", `{'type':'noop','id':'n',` + contextJSON + `}`,
			`{'type':'noop','id':'n','groupId':'n','dataSource':'none','runTime':2500,` + contextJSON + `,'resource':{'availabilityGroup':'n','requiredCapacity':1}}`,
		},
		{
			"noop in full", `{'type':'noop','id':'n','groupId':'g','dataSource':'d','runTime':7,'isReadyTime':1,'resource':{'availabilityGroup':'a','requiredCapacity':2},` + contextJSON + `}`,
			`{'type':'noop','id':'n','groupId':'g','dataSource':'d','runTime':7,` + contextJSON + `,'resource':{'availabilityGroup':'n','requiredCapacity':1}}`,
		},
		{
			"as leniently as Jackson", `{'ID':'N','type':'noop','id':7,'type':'kill','groupId':1.50,'datasource':'D','dataSource':true,'runTime':'12','isReadyTime':null,` + contextJSON + `}`,
			`{'type':'noop','id':'7','groupId':'1.50','dataSource':'true','runTime':12,` + contextJSON + `,'resource':{'availabilityGroup':'7','requiredCapacity':1}}`,
		},
		{
			"kill as leniently", `{'type':'kill','id':'k','groupId':'g','dataSource':1,'INTERVAL':5,'interval':'2020/2021','versions':[1],'batchSize':'5','limit':2.9,'maxUsedStatusLastUpdatedTime':'','resource':[],` + contextJSON + `}`,
			`{'type':'kill','id':'k','dataSource':'1','interval':'2020-01-01T00:00:00.000Z/2021-01-01T00:00:00.000Z','versions':['1'],` + contextJSON +
				`,'batchSize':5,'limit':2,'maxUsedStatusLastUpdatedTime':null,'groupId':'k','resource':{'availabilityGroup':'k','requiredCapacity':1}}`,
		},
		{
			"kill with defaults", `{'type':'kill','id':'k','dataSource':'d','interval':'2020/2021',` + contextJSON + `}`,
			`{'type':'kill','id':'k','dataSource':'d','interval':'2020-01-01T00:00:00.000Z/2021-01-01T00:00:00.000Z','versions':null,` + contextJSON +
				`,'batchSize':100,'limit':null,'maxUsedStatusLastUpdatedTime':null,'groupId':'k','resource':{'availabilityGroup':'k','requiredCapacity':1}}`,
		},
		{
			"kill in full", `{'type':'kill','id':'k','dataSource':'d','interval':'2020/2021','versions':['a','b'],'batchSize':5,'limit':3,'maxUsedStatusLastUpdatedTime':'2022',` + contextJSON + `}`,
			`{'type':'kill','id':'k','dataSource':'d','interval':'2020-01-01T00:00:00.000Z/2021-01-01T00:00:00.000Z','versions':['a','b'],` + contextJSON +
				`,'batchSize':5,'limit':3,'maxUsedStatusLastUpdatedTime':'2022-01-01T00:00:00.000Z','groupId':'k','resource':{'availabilityGroup':'k','requiredCapacity':1}}`,
		},
	} {
		decoded, err := Decode(text(c.given), noon)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(string(text(c.want)), string(decoded.AppendJSON(nil))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// golden is a conversation with the real Druid.
type golden struct {
	Steps []struct {
		Method, Path string
		Body, Answer json.RawMessage
	}
}

// Tasks must come back as the real Druid gave them back, byte for byte.
func TestGoldenEcho(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"index-inline", "index-defaults"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "compat", "testdata", "api", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var g golden
		if err := json.Unmarshal(raw, &g); err != nil {
			t.Fatal(err)
		}
		decoded, err := Decode(g.Steps[0].Body, noon)
		if err != nil {
			t.Fatal(err)
		}
		c := &decoded.Header().Context // as the queue completes it
		c.SetIfAbsent("forceTimeChunkLock", json.RawMessage("true"))
		c.SetIfAbsent("useLineageBasedSegmentAllocation", json.RawMessage("true"))
		var answer struct{ Payload json.RawMessage }
		if err := json.Unmarshal(g.Steps[1].Answer, &answer); err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := json.Compact(&want, answer.Payload); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), string(decoded.AppendJSON(nil))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, message string }{
		{`{}`, `missing type id property 'type'`},
		{`[]`, `task: must be an object, but is a list`},
		{`{'type':5}`, `could not resolve type id '5'`},
		{`{'type':'noop','id':['n']}`, `id: must be a text, but is a list`},
		{`{'type':'bogus'}`, `could not resolve type id 'bogus': tasks that can be run here are [index, index_parallel, kill, noop]`},
		{`{'type':'noop','id':''}`, `Invalid value for field [task ID]: must not be null`},
		{`{'type':'noop','id':'a/b'}`, `Invalid value for field [task ID]: Value [a/b] cannot contain '/'.`},
		{`{'type':'noop','runTime':'long'}`, `runTime: must be a whole number from -9223372036854775808 to 9223372036854775807, but is "long"`},
		{`{'type':'noop','isReadyTime':{}}`, `isReadyTime: must be a whole number`},
		{`{'type':'noop','context':[]}`, `context: must be an object, but is a list`},
		{`{'type':'noop','context':{'priority':'high'}}`, `context.priority: must be a whole number, but is "high"`},
		{`{'type':'kill','interval':'2020/2021'}`, `dataSource: is missing`},
		{`{'type':'kill','dataSource':'a/b','interval':'2020/2021'}`, `cannot contain '/'`},
		{`{'type':'kill','dataSource':'d'}`, `interval: is missing`},
		{`{'type':'kill','dataSource':'d','interval':'2020/2020'}`, `interval: must not be empty`},
		{`{'type':'kill','dataSource':'d','interval':'abc'}`, `interval: must be an interval such as 2026-01-01/2026-02-01, but is "abc": Invalid interval[abc]: [Format requires a '/' separator: abc]`},
		{`{'type':'kill','dataSource':'d','interval':'2020/2021','limit':2147483648}`, `limit: must be a whole number from -2147483648 to 2147483647`},
		{`{'type':'kill','dataSource':'d','interval':'2020/2021','batchSize':0}`, `batchSize[0] must be a positive integer.`},
		{`{'type':'kill','dataSource':'d','interval':'2020/2021','limit':-1}`, `limit[-1] must be a positive integer.`},
		{`{'type':'index_parallel'}`, `spec`},
	} {
		if _, err := Decode(text(c.given), noon); err == nil || !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s: %v, want %s", c.given, err, c.message)
		}
	}
}

func TestGeneratedIDs(t *testing.T) {
	t.Parallel()
	for given, prefix := range map[string]string{
		`{'type':'noop'}`: "noop_" + noon.String() + "_",
		`{'type':'kill','dataSource':'d','interval':'2020/2021'}`: "kill_d_",
	} {
		decoded, err := Decode(text(given), noon)
		if err != nil || !strings.HasPrefix(decoded.Header().ID, prefix) {
			t.Errorf("%s: %+v, %v", given, decoded, err)
		}
	}
}

// What an index task asks of a worker; other kinds take one slot, whatever they say.
func TestResources(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		`null`: `{'availabilityGroup':'i','requiredCapacity':1}`,
		`{'availabilityGroup':'g','requiredCapacity':'2'}`: `{'availabilityGroup':'g','requiredCapacity':2}`,
		`{'requiredCapacity':2}`:                           `resource.availabilityGroup: is missing`,
		`{'availabilityGroup':'g'}`:                        `resource.requiredCapacity: must be at least 1, but is missing`,
		`[]`:                                               `resource: must be an object, but is a list`,
	} {
		decoded, err := Decode(bytes.Replace(indexText("index", "", "", false), []byte(`{`), text(`{'resource':`+given+`,`), 1), noon)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = string(decoded.Header().Resource.AppendJSON(nil))
		}
		if !strings.HasPrefix(got, string(text(want))) {
			t.Errorf("%s: %s, want %s", given, got, want)
		}
	}
}

// A run time beyond what a duration can hold is a long time, not none.
func TestNoopOfAges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		decoded, err := Decode(text(`{'type':'noop','runTime':9223372036854775807}`), noon)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
		defer cancel()
		if err := decoded.Run(ctx, &Toolbox{Log: slog.New(slog.DiscardHandler)}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ended with %v after no time", err)
		}
	})
}

// indexTask is an index task with some of its fields given.
func indexTask(t *testing.T, typ, context, intervals string, appends bool) *Index {
	t.Helper()
	decoded, err := Decode(indexText(typ, context, intervals, appends), noon)
	if err != nil {
		t.Fatal(err)
	}
	return decoded.(*Index)
}

func indexText(typ, context, intervals string, appends bool) []byte {
	if intervals != "" {
		intervals = `,'intervals':` + intervals
	}
	ioConfig := `{'type':'` + typ + `','inputSource':{'type':'inline','data':'x'},'inputFormat':{'type':'json'}}`
	if appends {
		ioConfig = strings.Replace(ioConfig, `{`, `{'appendToExisting':true,`, 1)
	}
	return text(`{'type':'` + typ + `','id':'i','groupId':'mine','context':{` + context + `},'spec':{
		'dataSchema':{'dataSource':'wiki','timestampSpec':{'column':'ts'},'dimensionsSpec':{'dimensions':[]},
			'granularitySpec':{'type':'uniform','segmentGranularity':'DAY','queryGranularity':'NONE'` + intervals + `}},
		'ioConfig':` + ioConfig + `,'tuningConfig':{'type':'` + typ + `'}}}`)
}

func TestGroups(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typ     string
		appends bool
		want    string
	}{
		{"index", false, "i"}, {"index", true, "index_append_wiki"}, {"index_parallel", false, "mine"}, {"index_parallel", true, "mine"},
	} {
		if got := indexTask(t, c.typ, "", "", c.appends).Header().GroupID; got != c.want {
			t.Errorf("%s, appends %v: group %s, want %s", c.typ, c.appends, got, c.want)
		}
	}
}

// An interval without an instant in it has no time chunk to lock, and keeps the task from nothing.
func TestNoLockOverNothing(t *testing.T) {
	t.Parallel()
	got := indexTask(t, "index", "", `['2024-01-05/2024-01-05','2024-01-01/2024-01-02']`, false).Locks().Intervals
	if len(got) != 1 || got[0].String() != "2024-01-01T00:00:00.000Z/2024-01-02T00:00:00.000Z" {
		t.Errorf("it locks %v", got)
	}
}

func TestLockTypes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		context string
		appends bool
		want    druid.LockType
	}{
		{"", false, druid.Exclusive},
		{"", true, druid.Exclusive},
		{"'useSharedLock':true", true, druid.Shared},
		{"'useSharedLock':true", false, druid.Exclusive},
		{"'taskLockType':'APPEND'", true, druid.Append},
		{"'taskLockType':'APPEND'", false, druid.Exclusive},
		{"'taskLockType':'REPLACE'", true, druid.Exclusive},
		{"'useConcurrentLocks':true", true, druid.Append},
		{"'useConcurrentLocks':true", false, druid.Replace},
		{"'taskLockType':'REPLACE'", false, druid.Replace},
		{"'useConcurrentLocks':true,'mayReplace':'NOTHING'", false, druid.Exclusive}, // nobody appends while it looks
		{"'useConcurrentLocks':true,'mayReplace':'DAY'", false, druid.Exclusive},
	} {
		if got := indexTask(t, "index", c.context, "", c.appends).Locks().Type; got != c.want {
			t.Errorf("%s, appends %v: %s, want %s", c.context, c.appends, got, c.want)
		}
	}
}

func TestLockedIntervals(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"":                                "",
		"['2026-01-01T05/2026-01-02T07']": "2026-01-01/2026-01-03",
		"['2026-01-03/2026-01-04','2026-01-01/2026-01-03']":       "2026-01-01/2026-01-04",
		"['2026-01-01/2026-01-02','2026-01-05T01/2026-01-05T02']": "2026-01-01/2026-01-02 2026-01-05/2026-01-06",
	} {
		var got []string
		for _, i := range indexTask(t, "index_parallel", "", given, false).Locks().Intervals {
			got = append(got, strings.ReplaceAll(i.String(), "T00:00:00.000Z", ""))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s, want %s", given, got, want)
		}
	}
}

// httpTask is a task over what is fetched from URIs.
func httpTask(source string) []byte {
	return text(`{'type':'index_parallel','id':'i','spec':{
		'dataSchema':{'dataSource':'wiki','timestampSpec':{'column':'ts'},'dimensionsSpec':{'dimensions':[]},'granularitySpec':{}},
		'ioConfig':{'type':'index_parallel','inputSource':{'type':'http',` + source + `},'inputFormat':{'type':'json'}},
		'tuningConfig':{'type':'index_parallel'}}}`)
}

func TestSecretsAreStoredButNotShown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, shown string }{
		{`'uris':['http://x/y.json'],'httpAuthenticationUsername':'me','httpAuthenticationPassword':'hidden'`, `{"type":"default","password":null}`},
		{`'uris':['http://x/y.json'],'httpAuthenticationUsername':'me','httpAuthenticationPassword':{'type':'default','password':'hidden'}`, `{"type":"default","password":null}`},
		{`'uris':['http://me:hidden@x/y.json']`, `"uris":["http://***@x/y.json"]`},
		{`'uris':['http://x/y.json?token=hidden&b=1','http://x/z']`, `"uris":["http://x/y.json?***","http://x/z"]`},
		{`'uris':['http://hidden@x/y.json#hidden']`, `"uris":["http://***@x/y.json#***"]`},
	} {
		decoded, err := Decode(httpTask(c.source), noon)
		if err != nil {
			t.Fatal(err)
		}
		stored := Stored(decoded)
		if !bytes.Contains(stored, []byte("hidden")) {
			t.Errorf("%s: the stored task has lost its secret", c.source)
		}
		shown, err := Shown(stored)
		if err != nil || bytes.Contains(shown, []byte("hidden")) || !bytes.Equal(shown, decoded.AppendJSON(nil)) || !bytes.Contains(shown, []byte(c.shown)) {
			t.Errorf("%s: shown %s, %v", c.source, shown, err)
		}
		if again, err := Decode(stored, noon); err != nil || !bytes.Equal(Stored(again), stored) {
			t.Errorf("%s: read back: %v", c.source, err)
		}
	}
}

// TestProxiedIsStoredButNotShown: a task runs again after a restart, and still may not read more than its sender may.
func TestProxiedIsStoredButNotShown(t *testing.T) {
	t.Parallel()
	for _, uris := range []string{`'uris':['http://x/y.json']`, `'uris':['http://x/y.json?token=hidden']`} {
		decoded, err := Decode(httpTask(uris), noon)
		if err != nil {
			t.Fatal(err)
		}
		plain := decoded.AppendJSON(nil)
		SetProxied(decoded)
		stored := Stored(decoded)
		if shown, err := Shown(stored); err != nil || !bytes.Equal(shown, plain) {
			t.Errorf("shown %s, %v", shown, err)
		}
		again, err := Decode(stored, noon)
		if err != nil {
			t.Fatal(err)
		}
		run := &ingestion{Index: again.(*Index), tools: &Toolbox{Kit: &Kit{Policy: source.Policy{AnyLocalFile: true}}}}
		if got := run.policy(); got.AnyLocalFile || !bytes.Equal(Stored(again), stored) {
			t.Errorf("after a restart it may read by %+v", got)
		}
		fresh, err := Decode(plain, noon)
		if err != nil {
			t.Fatal(err)
		}
		if unmarked := (&ingestion{Index: fresh.(*Index), tools: run.tools}); !unmarked.policy().AnyLocalFile {
			t.Error("a task that was not proxied has another policy")
		}
	}
}

// What is stored must be read back as the same task, or tasks change with each restart.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{'type':'noop'}`, `{'type':'noop','id':'n','runTime':1,'context':{'priority':3}}`, `{'type':'kill','dataSource':'d','interval':'2020/P1D','limit':1}`,
		`{'type':'index','spec':{'dataSchema':{'dataSource':'d','timestampSpec':{},'dimensionsSpec':{},'granularitySpec':{}},'ioConfig':{'type':'index','inputSource':{'type':'inline','data':''},'inputFormat':{'type':'json'}}}}`,
	} {
		f.Add(text(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		decoded, err := Decode(raw, noon)
		if err != nil {
			return
		}
		stored := Stored(decoded)
		again, err := Decode(stored, noon)
		if err != nil {
			t.Fatalf("%s was accepted, but what is stored is not: %s: %v", raw, stored, err)
		}
		if !bytes.Equal(Stored(again), stored) || Identity(again) != Identity(decoded) {
			t.Fatalf("stored %s\nis read back as %s", stored, Stored(again))
		}
	})
}
