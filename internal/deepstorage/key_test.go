package deepstorage_test

import (
	"encoding/json"
	"testing"

	"ovate/internal/deepstorage"
)

const at = "2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z"

// Load specs of the same files have the same key, whatever they look like.
func TestKey(t *testing.T) {
	t.Parallel()
	const unique = "0e5f8d72-9c1c-8f3a-9d15-52b8c2a1f001"
	for _, same := range [][]string{
		{`{"type":"local","path":"/a/wiki/` + at + `/v/0/index/"}`, `{ "path": "/mnt/b/wiki/` + at + `/v/1/../0//index", "type": "local"}`,
			`{"type":"local","path":"\/wiki\/` + at + `\/v\/0/index.zip"}`},
		{`{"type":"local","path":"/a/wiki/` + at + `/v/0/` + unique + `/index/"}`, `{"type":"local","path":"/wiki/` + at + `/v/0/` + unique + `"}`},
		{`{"type":"s3_zip","bucket":"b","key":"k"}`, `{"type":"s3_zip", "bucket":"b", "key":"k"}`},
		{`{"type":"s3_zip","bucket":"b","key":"a/wiki/` + at + `/v/0/index.zip","S3Schema":"s3n"}`, `{"S3Schema":"s3a","key":"wiki/` + at + `/v/0/index.zip","bucket":"c","type":"s3_zip"}`,
			`{"type":"local","path":"/wiki/` + at + `/v/0/index/"}`},
		{`{"type":"tombstone","path":null}`},
		{`{"type":"local","path":"/a/b"}`},
	} {
		want, err := deepstorage.Key(json.RawMessage(same[0]))
		if err != nil {
			t.Fatal(err)
		}
		for _, loadSpec := range same {
			if got, err := deepstorage.Key(json.RawMessage(loadSpec)); err != nil || got != want {
				t.Errorf("%s has the key %q, %v; want %q", loadSpec, got, err, want)
			}
		}
	}
	if key, err := deepstorage.Key(nil); err == nil {
		t.Errorf("no load spec has the key %q", key)
	}
}

func TestPushed(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/a/wiki/" + at + "/v/0/index/":                                                  "wiki_" + at + "_v",
		"/a/wiki/" + at + "/v/3/x/index.zip":                                             "wiki_" + at + "_v_3",
		"/a/wiki/2026-01-01T00:00:00.000+05:30_2026-01-02T00:00:00.000+05:30/v/0/index/": "wiki_2025-12-31T18:30:00.000Z_2026-01-01T18:30:00.000Z_v",
		"/a/wiki/x/v/0/index/":                                                           "",
		"/index":                                                                         "",
		"":                                                                               "",
	} {
		got := ""
		for _, id := range deepstorage.Pushed(json.RawMessage(`{"type":"local","path":"` + path + `"}`)) {
			got += id.String()
		}
		if got != want {
			t.Errorf("%s is where %q is pushed, want %q", path, got, want)
		}
	}
}
