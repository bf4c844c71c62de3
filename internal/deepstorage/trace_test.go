package deepstorage_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/internal/deepstorage"
)

// Whatever stands around a path, and however it is escaped, it is found in a payload that cannot be read; in any other text nothing fails.
func TestNamedIn(t *testing.T) {
	t.Parallel()
	const unique = "0e5f8d72-9c1c-8f3a-9d15-52b8c2a1f001"
	rapid.Check(t, func(t *rapid.T) {
		dataSource := rapid.StringMatching(`[a-zé_%\\ ."-]{0,8}[a-z]`).Draw(t, "data source")
		path := "/deep/" + dataSource + "/" + at + "/v/" + rapid.StringMatching(`[1-9][0-9]{0,2}`).Draw(t, "partition") + rapid.SampledFrom([]string{"", "/" + unique}).Draw(t, "unique")
		loadSpec, err := json.Marshal(map[string]string{"type": "local", "path": path + "/index/"})
		if err != nil {
			t.Fatal(err)
		}
		traces, err := deepstorage.Traces(loadSpec)
		if err != nil {
			t.Fatal(err)
		}
		text := string(loadSpec)
		if rapid.Bool().Draw(t, "slashes") {
			text = strings.ReplaceAll(text, "/", rapid.SampledFrom([]string{`\/`, `\u002F`, "//", "/./", "/x/../"}).Draw(t, "slash"))
		}
		for range rapid.IntRange(0, 2).Draw(t, "nested") {
			quoted, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			text = string(quoted)
		}
		around := rapid.SliceOfN(rapid.Byte(), 0, 20)
		payload := append(append(around.Draw(t, "before"), `"x"`+text+`"`...), around.Draw(t, "behind")...)
		found := false
		deepstorage.NamedIn(payload, func(trace string) { found = found || slices.Contains(traces, trace) })
		if !found {
			t.Errorf("%q is not found in %q", traces[0], payload)
		}
	})
}

// What of a segment is looked for is what a row may say of it.
func TestNamed(t *testing.T) {
	t.Parallel()
	const folder = "/a/wiki/" + at + "/v/7/0e5f8d72-9c1c-8f3a-9d15-52b8c2a1f001"
	traces, err := deepstorage.Traces(json.RawMessage(`{"type":"local","path":"` + folder + `/index/"}`))
	if err != nil {
		t.Fatal(err)
	}
	for loadSpec, want := range map[string]bool{
		`{"type":"local","path":"` + folder + `/index.zip"}`:                                            true,
		`{"type":"local","path":"` + folder + `/index/meta.smoosh"}`:                                    true,
		`{"type":"local","path":"/b/x/` + at + `/v/7/index/","was":"` + folder + `"}`:                   true,
		`{"type":"local","path":"/a/wiki/` + at + `/v"}`:                                                true,
		`{"type":"s3_zip","bucket":"b","key":"x` + folder + `/index.zip","S3Schema":"s3n"}`:             true,
		`{"type":"s3_zip","bucket":"b","key":"x/` + at + `/v/7/index.zip","S3Schema":"` + folder + `"}`: true,
		`{"type":"tombstone","path":null}`:                                                              false,
		`{"type":"local","path":"/a/wiki/` + at + `/v/8/index/"}`:                                       false,
		`{"type":"local","path":"` + strings.Replace(folder, "0e5f", "1e5f", 1) + `/index/"}`:           false,
		`{"type":"s3_zip","bucket":"wiki","key":"wiki/` + at + `/v/70/index.zip","more":["a/b"]}`:       false,
	} {
		found := false
		err := deepstorage.Named(json.RawMessage(loadSpec), func(trace string) { found = found || slices.Contains(traces, trace) })
		if err != nil || found != want {
			t.Errorf("%s: found is %v, %v", loadSpec, found, err)
		}
	}
	if traces, err := deepstorage.Traces(json.RawMessage(`{"type":"tombstone","path":null}`)); err != nil || len(traces) > 0 {
		t.Errorf("a tombstone has the traces %q, %v", traces, err)
	}
	if err := deepstorage.Named(json.RawMessage(`[]`), func(string) {}); err == nil {
		t.Error("no load spec is read")
	}
}
