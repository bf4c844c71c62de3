package spec

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
)

// given is a spec that sets most of what the pipeline works from.
const given = `{
 "dataSchema": {
  "dataSource": "flights",
  "timestampSpec": {"column": "ts", "format": "posix", "missingValue": "2020-01-01T02:00:00+02:00"},
  "dimensionsSpec": {
   "dimensions": [{"type": "long", "name": "__time"}, "tail", {"type": "double", "name": "delay"},
    {"type": "string", "name": "tags", "multiValueHandling": "sorted_set", "createBitmapIndex": false}],
   "includeAllDimensions": true
  },
  "metricsSpec": [{"type": "count", "name": "n"}, {"type": "floatMax", "name": "top", "fieldName": "speed"}],
  "granularitySpec": {"segmentGranularity": "month", "queryGranularity": {"type": "period", "period": "PT15M"},
   "rollup": false, "intervals": ["2025-01-01/P2M", "2024/2025"]}
 },
 "ioConfig": {
  "type": "index_parallel", "appendToExisting": true,
  "inputSource": {"type": "local", "baseDir": "/data//in/", "filter": "*.csv"},
  "inputFormat": {"type": "csv", "findColumnsFromHeader": true, "skipHeaderRows": 2, "listDelimiter": "|"}
 },
 "tuningConfig": {
  "type": "index_parallel", "maxRowsInMemory": 5000, "maxBytesInMemory": -1, "maxTotalRows": -1,
  "partitionsSpec": {"type": "dynamic", "maxRowsPerSegment": 100000},
  "indexSpec": {"dimensionCompression": "ZSTD", "metricCompression": "none", "longEncoding": "auto"},
  "maxParseExceptions": 7, "maxSavedParseExceptions": 3, "logParseExceptions": true, "awaitSegmentAvailabilityTimeoutMillis": -1
 }
}`

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := Parse("index_parallel", []byte(given))
	if err != nil {
		t.Fatal(err)
	}
	missing := instant(t, "2020-01-01")
	want := &Ingestion{
		Type: "index_parallel",
		Schema: DataSchema{
			DataSource: "flights",
			Timestamp:  TimestampSpec{Column: "ts", Format: "posix", Missing: &missing},
			Dimensions: DimensionsSpec{
				Dimensions: []Dimension{
					{Name: "tail", MultiValue: SortedArray, Bitmap: true},
					{Name: "delay", Type: Double, MultiValue: SortedArray},
					{Name: "tags", MultiValue: SortedSet},
				},
				Exclusions: []string{"top", "speed", "n", "ts"},
				IncludeAll: true,
			},
			Metrics: []Aggregator{
				{Name: "n", Aggregate: Count, Type: Long},
				{Name: "top", Aggregate: Max, Type: Float, Field: "speed"},
			},
			Granularity: GranularitySpec{
				Segment: druid.Month, Query: druid.FifteenMinute,
				Intervals: []druid.Interval{
					{Start: instant(t, "2025-01-01"), End: instant(t, "2025-03-01")},
					{Start: instant(t, "2024-01-01"), End: instant(t, "2025-01-01")},
				},
			},
		},
		IO: IOConfig{
			Source: LocalSource{BaseDir: "/data/in", Filter: "*.csv"},
			Format: TextFormat{Quoted: true, Delimiter: ",", ListDelimiter: "|", Header: true, SkipHeaderRows: 2},
			Append: true,
		},
		Tuning: Tuning{
			MaxRowsInMemory: 5000, RowsInMemoryGiven: true, MaxBytesInMemory: -1, MaxRowsPerSegment: 100_000, MaxTotalRows: 20_000_000,
			IndexSpec:          IndexSpec{DimensionCompression: "zstd", MetricCompression: "none", LongEncoding: "auto"},
			LogParseExceptions: true, MaxParseExceptions: 7, MaxSavedParseExceptions: 3, MaxLocks: -1,
		},
	}
	exported := cmp.FilterPath(func(p cmp.Path) bool {
		f, ok := p.Last().(cmp.StructField)
		return ok && strings.ToLower(f.Name()[:1]) == f.Name()[:1]
	}, cmp.Ignore())
	same := cmp.Comparer(func(a, b druid.Granularity) bool { return a == b })
	if diff := cmp.Diff(want, got, same, exported); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !got.Schema.Dimensions.Discovers() {
		t.Error("includeAllDimensions does not discover")
	}
}

func instant(t *testing.T, text string) druid.Instant {
	t.Helper()
	i, err := druid.ParseInstant(text)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	s, err := Parse("index", []byte(`{
		"dataSchema":{"dataSource":"d","timestampSpec":{},"dimensionsSpec":{}},
		"ioConfig":{"type":"index","inputSource":{"type":"inline","data":"x"},"inputFormat":{"type":"json"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	tuning := s.Tuning
	if tuning.MaxRowsInMemory != 1_000_000 || tuning.RowsInMemoryGiven || tuning.MaxRowsPerSegment != 5_000_000 ||
		tuning.MaxTotalRows != 20_000_000 || tuning.MaxParseExceptions != 1<<31-1 || tuning.IndexSpec.LongEncoding != "longs" {
		t.Errorf("tuning is %+v", tuning)
	}
	g := s.Schema.Granularity
	if g.Segment != druid.Day || g.Query != druid.None || !g.Rollup || len(g.Intervals) != 0 {
		t.Errorf("granularities are %+v", g)
	}
	if !s.Schema.Dimensions.Discovers() {
		t.Error("no dimensions are listed and none discovered")
	}
}

// A list that holds nothing but the time is a list: nothing is discovered.
func TestTimeAloneIsListed(t *testing.T) {
	t.Parallel()
	d := DimensionsSpec{timeListed: true}
	if d.Discovers() {
		t.Error("dimensions are discovered")
	}
}

func TestPasswordsAreNotEchoed(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]string{
		`"secret"`:                               "secret",
		`{"type":"default","password":"secret"}`: "secret",
		`{"password":"secret"}`:                  "secret",
	} {
		s, err := Parse("index", []byte(`{
			"dataSchema":{"dataSource":"d","timestampSpec":{},"dimensionsSpec":{}},
			"ioConfig":{"type":"index","inputFormat":{"type":"json"},"inputSource":{"type":"http","uris":["https://example.org/a"],
			"httpAuthenticationUsername":"u","httpAuthenticationPassword":`+password+`}}}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.IO.Source.(HTTPSource).Password; got != want {
			t.Errorf("the password of %s is %q, want %q", password, got, want)
		}
		if echo := string(s.AppendJSON(nil)); strings.Contains(echo, want) {
			t.Errorf("the password of %s is echoed: %s", password, echo)
		}
	}
}

// TestSecretsAreNotQuoted: what is wrong with http input is told without its passwords and tokens.
func TestSecretsAreNotQuoted(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`"uris":"http://joe:SECRET@h/ok"`:                                                          `uris: must be a list, but is "http://***@h/ok"`,
		`"uris":"http://h/ok,http://joe:SECRET@h/ok"`:                                              `uris: must be a list, but is "http://***@h/ok"`,
		`"uris":"joe:SECRET@h/ok"`:                                                                 `uris: must be a list, but is "***@h/ok"`,
		`"uris":["http://joe:SECRET:99999/x"]`:                                                     `uris[0]: must be a URI, but is "http://joe:***"`,
		`"uris":{"a":"SECRET"}`:                                                                    `uris: must be a list, but is an object`,
		`"uris":["ftp://joe:SECRET@h/ok?token=SECRET"]`:                                            `uris[0]: must be a URI whose protocol is http or https, but is "ftp://***@h/ok?***"`,
		`"uris":["http://joe:SECRET@%zz"]`:                                                         `uris[0]: must be a URI, but is "http://***@%zz"`,
		`"uris":["http://h/a"],"httpAuthenticationPassword":5550999`:                               `httpAuthenticationPassword: must be the password, a text, or an object of the type "default" or "environment", but is a number`,
		`"uris":["http://h/a"],"httpAuthenticationPassword":["SECRET"]`:                            `httpAuthenticationPassword: must be the password, a text, or an object of the type "default" or "environment", but is a list`,
		`"uris":["http://h/a"],"httpAuthenticationPassword":{"type":"default","password":{}}`:      `httpAuthenticationPassword.password: must be a text, but is an object`,
		`"uris":["http://h/a"],"httpAuthenticationPassword":{"type":"mapString","x":"SECRET"}`:     `httpAuthenticationPassword.type: must be "default", which takes the password, or "environment", which takes the name of a variable, but is a text`,
		`"uris":["http://h/a"],"httpAuthenticationPassword":{"type":"environment","var":"SECRET"}`: `httpAuthenticationPassword.variable: must be the name of an environment variable`,
		`"uris":["http://h/a"],"requestHeaders":"Authorization: SECRET"`:                           `requestHeaders: must be an object, but is a text`,
		`"uris":["http://h/a"],"requestHeaders":{"Authorization":"SECRET\n"}`:                      `requestHeaders.Authorization: must be the text of a header field, but is a text`,
		`"uris":["http://h/a"],"requestHeaders":{"Authorization: SECRET":""}`:                      `requestHeaders: has what begins with "Authorization", which cannot be the name of a header field because of the character at position 13`,
		`"uris":["http://h/a"],"systemFields":"http://joe:SECRET@h/ok"`:                            `systemFields: must be a list, but is "http://***@h/ok"`,
	} {
		_, err := Parse("index", []byte(`{"dataSchema":{"dataSource":"d","timestampSpec":{},"dimensionsSpec":{}},
			"ioConfig":{"type":"index","inputFormat":{"type":"json"},"inputSource":{"type":"http",`+source+`}}}`))
		if err == nil || !strings.HasSuffix(err.Error(), "inputSource."+want) {
			t.Errorf("%s: %v, want %s", source, err, want)
		}
	}
	_, err := Parse("index", []byte(`{"dataSchema":{"dataSource":"d","timestampSpec":{},"dimensionsSpec":{}},
		"ioConfig":{"type":"index","inputFormat":{"type":"json"},"inputSource":"http://joe:SECRET@h/ok"}}`))
	if err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("the error is %v", err)
	}
}

// TestLocalInput: a URI among the paths of local input is refused before its slashes change, and its password is not quoted; so is a pattern that no name needs.
func TestLocalInput(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`"files":["/a"," http://joe:SECRET@h/x"]`:                       `files[1]: must be a path on the server's machine, but is the URI "http://***@h/x"; an inputSource of type "http" has uris`,
		`"baseDir":"https://joe:SECRET@h/x","filter":"*"`:               `baseDir: must be a path on the server's machine, but is the URI "https://***@h/x"; an inputSource of type "http" has uris`,
		`"baseDir":"/in","filter":"` + strings.Repeat("*a", 3000) + `"`: `filter: must be a pattern of at most 4096 bytes for the names of files, but has 6000`,
	} {
		_, err := Parse("index", []byte(`{"dataSchema":{"dataSource":"d","timestampSpec":{},"dimensionsSpec":{}},
			"ioConfig":{"type":"index","inputFormat":{"type":"json"},"inputSource":{"type":"local",`+source+`}}}`))
		if err == nil || !strings.HasSuffix(err.Error(), "inputSource."+want) {
			t.Errorf("%s: %v, want %s", source, err, want)
		}
	}
}

// TestURIsInOtherFields: what is shown of a task takes no URI with a password, and no error quotes one, whatever field it stands in.
func TestURIsInOtherFields(t *testing.T) {
	t.Parallel()
	bases := map[string]base{}
	readJSON(t, "testdata/base.json", &bases)
	const local = `{"type":"local","baseDir":"/tmp","filter":"F"}`
	for at, shape := range map[string]string{
		"dataSchema.dataSource":                       `"U"`,
		"dataSchema.timestampSpec":                    `{"column":"t","format":"U"}`,
		"dataSchema.timestampSpec.column":             `"U"`,
		"dataSchema.timestampSpec.missingValue":       `"U"`,
		"dataSchema.dimensionsSpec.dimensions":        `["U"]`,
		"dataSchema.metricsSpec":                      `[{"type":"longSum","name":"a","fieldName":"U"}]`,
		"dataSchema.granularitySpec":                  `{"segmentGranularity":"U"}`,
		"dataSchema.granularitySpec.intervals":        `["U"]`,
		"dataSchema.granularitySpec.type":             `"U"`,
		"ioConfig.type":                               `"U"`,
		"ioConfig.inputSource":                        strings.Replace(local, "F", "U", 1),
		"ioConfig.inputSource.type":                   `"U"`,
		"ioConfig.inputFormat":                        `{"type":"csv","columns":["U"]}`,
		"ioConfig.inputFormat.type":                   `"U"`,
		"ioConfig.appendToExisting":                   `"U"`,
		"tuningConfig":                                `{"type":"U"}`,
		"tuningConfig.maxRowsPerSegment":              `"U"`,
		"tuningConfig.partitionsSpec":                 `{"type":"U"}`,
		"dataSchema.granularitySpec.queryGranularity": `{"type":"period","period":"P1D","timeZone":"U"}`,
	} {
		for _, uri := range []string{"http://joe:SECRET@h/x", "http://h/x?tok=SECRET", "http://h/x;tok=SECRET", "ftp://joe:a/SECRET@h", "http://h/x?t=a SECRET"} {
			given := strings.ReplaceAll(shape, "U", uri)
			s, err := Parse("index_parallel", replace(t, bases["index_parallel"].Given, at, []byte(given)))
			user := strings.Contains(uri, "joe")
			switch {
			case err == nil && user && strings.Contains(string(s.AppendJSON(nil)), "SECRET"):
				t.Errorf("%s = %s is accepted and shown", at, given)
			case err != nil && strings.Contains(strings.ToUpper(err.Error()), "SECRET"):
				t.Errorf("%s = %s: %v", at, given, err)
			}
		}
	}
}

// TestHeaderHoldsNoURI: the ids of a task, which are shown everywhere, take no password either.
func TestHeaderHoldsNoURI(t *testing.T) {
	t.Parallel()
	for _, task := range []string{`{"type":"U"}`, `{"type":"noop","id":"U"}`, `{"type":"noop","groupId":"U"}`, `{"type":"noop","dataSource":"U"}`, `{"type":"noop","resource":{"availabilityGroup":"U","requiredCapacity":1}}`} {
		d, err := Read([]byte(strings.Replace(task, "U", "http://joe:SECRET@h", 1)))
		if err != nil {
			t.Fatal(err)
		}
		_, header := d.Header()
		_, group := d.Group()
		_, resource := d.Resource()
		_, noop := d.Noop()
		if err := errors.Join(header, group, resource, noop); err == nil || strings.Contains(err.Error(), "SECRET") || !strings.Contains(err.Error(), "must not hold a URI with a user or a password") {
			t.Errorf("%s: %v", task, err)
		}
	}
}

// TestMisspeltPassword: a user is not logged in without the password that was meant to be given.
func TestMisspeltPassword(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`"httpAuthenticationUsername":"u","httpAuthenticationPasword":"SECRET"`:                                       `httpAuthenticationPasword: is no property of http input, did you mean httpAuthenticationPassword?`,
		`"httpAuthenticationUsername":"u","httpauthenticationpassword":"SECRET"`:                                      `httpauthenticationpassword: is no property of http input, did you mean httpAuthenticationPassword?`,
		`"httpAuthenticationUserName":"u","httpAuthenticationPassword":"SECRET"`:                                      `httpAuthenticationUserName: is no property of http input, did you mean httpAuthenticationUsername?`,
		`"requestHeader":{"A":"SECRET"}`:                                                                              `requestHeader: is no property of http input, did you mean requestHeaders?`,
		`"httpAuthenticationUsername":"u"`:                                                                            `httpAuthenticationPassword: is missing: it must be the password of the httpAuthenticationUsername, or "" if that has none`,
		`"httpAuthenticationUsername":"u","httpAuthenticationPassword":null,"password":"SECRET"`:                      `httpAuthenticationPassword: is missing: it must be the password of the httpAuthenticationUsername, or "" if that has none`,
		`"httpAuthenticationUsername":"u","httpAuthenticationPassword":"","comment":"as Druid ignores what it lacks"`: "",
		`"httpAuthenticationUsername":"","httpAuthenticationPassword":null`:                                           "",
	} {
		s, err := Parse("index", []byte(`{"dataSchema":{"dataSource":"d","timestampSpec":{},"dimensionsSpec":{}},
			"ioConfig":{"type":"index","inputFormat":{"type":"json"},"inputSource":{"type":"http","uris":["http://h/a"],`+source+`}}}`))
		if err != nil {
			t.Fatal(err)
		}
		if err = s.Check(Limits{}); want == "" && err != nil || want != "" && (err == nil || !strings.HasSuffix(err.Error(), "inputSource."+want)) {
			t.Errorf("%s: %v, want %s", source, err, want)
		}
	}
}

// TestPasswordLeftOut: a payload that is shown lacks the password, and is not run without it.
func TestPasswordLeftOut(t *testing.T) {
	t.Parallel()
	for password, refused := range map[string]bool{
		`{"type":"default","password":null}`: true, `{"type":"default"}`: true, `{}`: true, `{"passwort":"x"}`: true,
		`""`: false, `{"type":"default","password":""}`: false, `{"type":"environment","variable":"X"}`: false, `null`: false,
	} {
		s, err := Parse("index", []byte(`{"dataSchema":{"dataSource":"d","timestampSpec":{},"dimensionsSpec":{}},
			"ioConfig":{"type":"index","inputFormat":{"type":"json"},"inputSource":{"type":"http","uris":["http://h/a"],"httpAuthenticationPassword":`+password+`}}}`))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Check(Limits{}); (err != nil) != refused {
			t.Errorf("%s: %v", password, err)
		}
	}
}

func TestDepthIsLimited(t *testing.T) {
	t.Parallel()
	_, err := Parse("index", []byte(strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)))
	if err == nil || !strings.Contains(err.Error(), "nests deeper") {
		t.Errorf("the error is %v", err)
	}
}

// TestManyDimensions has a size at which anything but linear time is felt: it once took 71 s.
func TestManyDimensions(t *testing.T) {
	t.Parallel()
	var names, excluded, metrics strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&names, `,"d%d"`, i)
		fmt.Fprintf(&excluded, `,"x%d"`, i)
		fmt.Fprintf(&metrics, `,{"type":"longSum","name":"m%d","fieldName":"f%d"}`, i, i)
	}
	text := `{"dataSchema":{"dataSource":"a","timestampSpec":{},"dimensionsSpec":{"dimensions":[` + names.String()[1:] +
		`],"dimensionExclusions":[` + excluded.String()[1:] + `]},"metricsSpec":[` + metrics.String()[1:] + `]},
		"ioConfig":{"type":"index","inputSource":{"type":"inline","data":"a"},"inputFormat":{"type":"json"}}}`
	s, err := Parse("index", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(s.Schema.Dimensions.Dimensions); got != 30_000 {
		t.Errorf("%d dimensions", got)
	}
	if _, err := Parse("index", s.AppendJSON(nil)); err != nil {
		t.Error(err)
	}
}

func TestTooManyIntervals(t *testing.T) {
	t.Parallel()
	intervals := func(n, years int) string {
		var list strings.Builder
		for i := range n {
			fmt.Fprintf(&list, `,"%d/%d"`, i%years*2, i%years*2+1)
		}
		return `{"dataSchema":{"dataSource":"a","timestampSpec":{},"dimensionsSpec":{},"granularitySpec":{"intervals":[` + list.String()[1:] + `]}},
			"ioConfig":{"type":"index","inputSource":{"type":"inline","data":"a"},"inputFormat":{"type":"json"}}}`
	}
	_, err := Parse("index", []byte(intervals(maxIntervals+1, maxIntervals+1)))
	if want := "spec.dataSchema.granularitySpec.intervals: has 100001 spans of time"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
	if _, err := Parse("index", []byte(intervals(maxIntervals+1, 7))); err != nil {
		t.Errorf("the same interval many times: %v", err)
	}
}

// TestErrorsNameFieldAndValue: in plain words, and the value as a whole.
func TestErrorsNameFieldAndValue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ at, given, want string }{
		{"dataSchema.granularitySpec", `{"segmentGranularity":"P1W"}`, `granularitySpec.segmentGranularity: must be a name such as "DAY", or an object such as {"type":"period","period":"P1D"} for a period, but is "P1W"`},
		{"dataSchema.granularitySpec", `{"queryGranularity":"PT25H"}`, `granularitySpec.queryGranularity: must be a name such as "DAY", or an object such as {"type":"period","period":"P1D"} for a period, but is "PT25H"`},
		{"dataSchema.granularitySpec", `{"segmentGranularity":""}`, `but is ""`},
		{"dataSchema.granularitySpec", `{"segmentGranularity":"DAY\nS"}`, `but is "DAY\nS"`},
		{"dataSchema.granularitySpec", `{"intervals":["a\nb"]}`, `granularitySpec.intervals[0]: must be an interval such as 2026-01-01/2026-02-01, but is "a\nb"`},
		{"dataSchema.granularitySpec", `{"segmentGranularity":{"type":"period","period":"P1\nD"}}`, `P1\nD`},
		{"dataSchema.dataSource", `"a\nb"`, `spec.dataSchema.dataSource: must not have white space other than spaces, but is "a\nb"`},
		{"ioConfig.inputFormat", `{"type":"tsv","columns":["a"],"delimiter":"\n","listDelimiter":"\n"}`, `inputFormat.listDelimiter: must be another text than stands between two fields, but is "\n", too`},
	} {
		base := map[string]base{}
		readJSON(t, "testdata/base.json", &base)
		_, err := Parse("index_parallel", replace(t, base["index_parallel"].Given, c.at, []byte(c.given)))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "org.apache") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %s: %v, want %s", c.at, c.given, err, c.want)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source string
		limits Limits
		want   string
	}{
		{`{"type":"http","uris":["http://x/a","HTTPS://x/a"]}`, Limits{}, ""},
		{`{"type":"http","uris":["HTTPS://x/a"]}`, Limits{HTTPProtocols: []string{"https"}}, ""},
		{`{"type":"http","uris":["https://x/a","http://x/a"]}`, Limits{HTTPProtocols: []string{"https"}}, `uris[1]: must be of a protocol that is allowed, which are [https] (property druid.ingestion.http.allowedProtocols), but is "http://x/a"`},
		{`{"type":"http","uris":["http://x/a"],"requestHeaders":{"X-Key":"k"}}`, Limits{HTTPHeaders: []string{"accept"}}, `requestHeaders: has the header "X-Key", but those that may be sent are [accept]`},
		{`{"type":"http","uris":["http://x/a"],"requestHeaders":{"X-Key":"k","ACCEPT":"text/csv"}}`, Limits{HTTPHeaders: []string{"accept", "x-key"}}, ""},
		{`{"type":"local","files":["a"]}`, Limits{HTTPProtocols: []string{"https"}}, ""},
	} {
		s, err := Parse("index", fmt.Appendf(nil, `{"dataSchema":{"dataSource":"x","timestampSpec":{},"dimensionsSpec":{}},"ioConfig":{"type":"index","inputSource":%s,"inputFormat":{"type":"json"}}}`, c.source))
		if err != nil {
			t.Fatal(err)
		}
		err = s.Check(c.limits)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s with %+v: %v, want %q", c.source, c.limits, err, c.want)
		}
	}
	for headers, want := range map[string]string{
		`{"a b":"c"}`: "cannot be the name of a header field", `{"":"c"}`: "cannot be the name", `{"a":"b\r\nc: d"}`: "requestHeaders.a: must be the text of a header field", `{"a":null}`: "but is null",
	} {
		_, err := Parse("index", fmt.Appendf(nil, `{"dataSchema":{"dataSource":"x","timestampSpec":{},"dimensionsSpec":{}},"ioConfig":{"type":"index","inputSource":{"type":"http","uris":["http://x/a"],"requestHeaders":%s},"inputFormat":{"type":"json"}}}`, headers))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", headers, err, want)
		}
	}
}

// TestAllFaults: all faults are found at once, the first as if it were alone, one for each value, and no more than so many; each has a pointer.
func TestAllFaults(t *testing.T) {
	t.Parallel()
	many := strings.Repeat(`,{"type":"long"}`, 2*mostFaults)
	for text, want := range map[string]string{
		`{"dataSchema":{}}`: "/spec/dataSchema/dataSource /spec/dataSchema/timestampSpec /spec/dataSchema/dimensionsSpec /spec/ioConfig",
		`[]`:                "/spec",
		`{"dataSchema":{"dataSource":"d","timestampSpec":{},"dimensionsSpec":{}},"ioConfig":{"type":"index_parallel","inputSource":{"type":"inlin","data":""},"inputFormat":{"type":"json"}}}`: "/spec/ioConfig/inputSource",
		`{"dataSchema":{"dataSource":"d","timestampSpec":{},"dimensionsSpec":{"dimensions":["a",{"type":"long"},{"type":"long"}]}},"ioConfig":7}`: "/spec/dataSchema/dimensionsSpec/dimensions/1/name " +
			"/spec/dataSchema/dimensionsSpec/dimensions/2/name /spec/ioConfig",
		`{"dataSchema":{"dataSource":"d","timestampSpec":{},"dimensionsSpec":{"dimensions":[5,"",7]},"metricsSpec":[{"type":"longsum","name":"n"},{"type":"hyperUnique"},{"type":"count"},{"name":"z"}]},"ioConfig":7}`: "/spec/dataSchema/dimensionsSpec/dimensions/0 " +
			"/spec/dataSchema/dimensionsSpec/dimensions/1 /spec/dataSchema/dimensionsSpec/dimensions/2 /spec/dataSchema/metricsSpec/0/type /spec/dataSchema/metricsSpec/1/type " +
			"/spec/dataSchema/metricsSpec/2/name /spec/dataSchema/metricsSpec/3/type /spec/ioConfig",
		`{"dataSchema":{"dataSource":"d","timestampSpec":{},"dimensionsSpec":{"dimensions":["a"` + many + `]}},"ioConfig":7}`: "",
	} {
		_, err := Parse("index_parallel", []byte(text))
		fault, is := errors.AsType[*Error](err)
		if !is {
			t.Fatalf("%s: %v", text, err)
		}
		var pointers []string
		seen := map[string]bool{}
		for _, e := range fault.All() {
			if seen[e.Path] {
				t.Errorf("%s: %s twice", text, e.Path)
			}
			seen[e.Path] = true
			pointers = append(pointers, e.Pointer())
		}
		if all := strings.Join(pointers, " "); want != "" && all != want || len(pointers) > mostFaults || want == "" && len(pointers) != mostFaults {
			t.Errorf("%.200s:\n%s\nwant %s", text, all, want)
		}
	}
	if pointer := (&Error{Path: "a~b.c/d[3].e"}).Pointer(); pointer != "/a~0b/c~1d/3/e" {
		t.Error(pointer)
	}
}
