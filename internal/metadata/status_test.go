package metadata_test

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/metadata"
)

func TestDecodeStatus(t *testing.T) {
	t.Parallel()
	unknown := druid.UnknownLocation
	for _, test := range []struct {
		payload string
		want    druid.TaskStatus
	}{
		{`{"id":"a","status":"RUNNING","duration":-1,"errorMsg":null,"location":{"host":null,"port":-1,"tlsPort":-1}}`,
			druid.TaskStatus{ID: "a", State: druid.Running, Duration: -1, Location: unknown}},
		{`{"id":"a","status":"FAILED","duration":12,"errorMsg":"why","location":{"host":"h","port":8100,"tlsPort":-1,"k8sPodName":"pod"}}`,
			druid.TaskStatus{ID: "a", State: druid.Failed, Duration: 12, ErrorMsg: "why", Location: druid.TaskLocation{Host: "h", Port: 8100, TLSPort: -1, K8sPodName: "pod"}}},
		// Other forms of the same: escapes, blanks, another order, keys that are missing or not known.
		{`{"id":"a","status":"FAILED","duration":12,"errorMsg":"\"\u00fc\n","location":{"host":null,"port":-1,"tlsPort":-1}}`,
			druid.TaskStatus{ID: "a", State: druid.Failed, Duration: 12, ErrorMsg: "\"ü\n", Location: unknown}},
		{` {"status":"SUCCESS", "id":"a", "duration":0, "more":[1]}`, druid.TaskStatus{ID: "a", State: druid.Success, Location: unknown}},
	} {
		// What a reused row held before must not show.
		for _, id := range []string{"before", "a"} {
			got := druid.TaskStatus{ID: id, State: druid.Failed, Duration: 7, ErrorMsg: "before", Location: druid.TaskLocation{Host: "before", Port: 1, K8sPodName: "before"}}
			if err := metadata.DecodeStatus([]byte(test.payload), metadata.Texts{}, &got); err != nil || got != test.want {
				t.Errorf("%s\n got %+v, %v\nwant %+v", test.payload, got, err, test.want)
			}
		}
	}
}

func TestDecodeStatusRefuses(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{``, `null`, `{}`, `[]`, `{"id":"a","status":"PENDING","duration":-1}`, `{"id":"a","status":"RUNNING","duration":-1`} {
		var got druid.TaskStatus
		if err := metadata.DecodeStatus([]byte(payload), metadata.Texts{}, &got); err == nil {
			t.Errorf("%s: got %+v and no error", payload, got)
		}
	}
}

// TestDecodeStatusReadsWhatIsWritten goes through druid.TaskStatus.AppendJSON and back.
func TestDecodeStatusReadsWhatIsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, 30, -1)
		want := druid.TaskStatus{
			ID:       rapid.StringN(1, 30, -1).Draw(t, "id"),
			State:    rapid.SampledFrom([]druid.TaskState{druid.Running, druid.Success, druid.Failed}).Draw(t, "state"),
			Duration: rapid.Int64().Draw(t, "duration"),
			ErrorMsg: text.Draw(t, "error"),
			Location: druid.TaskLocation{Host: text.Draw(t, "host"), Port: int(rapid.Int32().Draw(t, "port")), TLSPort: int(rapid.Int32().Draw(t, "tlsPort")), K8sPodName: text.Draw(t, "pod")},
		}
		payload := want.AppendJSON(nil)
		var got druid.TaskStatus
		if err := metadata.DecodeStatus(payload, metadata.Texts{}, &got); err != nil || got != want {
			t.Fatalf("%s\n got %+v, %v\nwant %+v", payload, got, err, want)
		}
	})
}

// FuzzDecodeStatus checks that the fast way never takes what the general one refuses or reads it differently.
func FuzzDecodeStatus(f *testing.F) {
	f.Add([]byte(`{"id":"a","status":"RUNNING","duration":-1,"errorMsg":null,"location":{"host":null,"port":-1,"tlsPort":-1}}`))
	f.Add([]byte(`{"id":"a","status":"FAILED","duration":012,"errorMsg":"\u0000","location":{"host":"h","port":8100,"tlsPort":-0,"k8sPodName":"pod"}}`))
	for _, id := range []string{"", "\x1f", "\xff", "ü", `\u0041`} {
		f.Add([]byte(`{"id":"` + id + `","status":"RUNNING","duration":-1,"errorMsg":null,"location":{"host":null,"port":-1,"tlsPort":-1}}`))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		var fast, general druid.TaskStatus
		fastErr := metadata.DecodeStatus(payload, metadata.Texts{}, &fast)
		generalErr := json.Unmarshal(payload, &general)
		if (fastErr == nil) != (generalErr == nil) || (fastErr == nil && fast != general) {
			t.Fatalf("fast: %+v, %v\ngeneral: %+v, %v", fast, fastErr, general, generalErr)
		}
		known := druid.TaskStatus{ID: general.ID, Duration: 7, ErrorMsg: "before"} // as the column says
		if err := metadata.DecodeStatus(payload, metadata.Texts{}, &known); (err == nil) != (generalErr == nil) || (err == nil && known != general) {
			t.Fatalf("with its id known: %+v, %v\ngeneral: %+v, %v", known, err, general, generalErr)
		}
	})
}

func TestTexts(t *testing.T) {
	t.Parallel()
	texts := metadata.Texts{}
	buf := []byte("wiki")
	first := texts.Of(buf)
	copy(buf, "xxxx")
	if first != "wiki" {
		t.Fatal("the text changed with the buffer")
	}
	for i := range 10_000 {
		texts.Of([]byte{byte(i), byte(i >> 8)})
	}
	if len(texts) > 5000 {
		t.Errorf("%d texts are kept", len(texts))
	}
}

func BenchmarkDecodeStatus(b *testing.B) {
	payload := druid.TaskStatus{ID: "index_parallel_wiki_abcdefgh_2026-11-23T20:41:04.145Z", State: druid.Success, Duration: 8500, Location: druid.TaskLocation{Host: "localhost", Port: 8100, TLSPort: -1}}.AppendJSON(nil)
	texts, status := metadata.Texts{}, druid.TaskStatus{}
	b.ReportAllocs()
	for b.Loop() {
		if err := metadata.DecodeStatus(payload, texts, &status); err != nil {
			b.Fatal(err)
		}
	}
}
