package remote

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
)

// What a MiddleManager of Druid 33 said in either form at the same moment.
func TestDecodeRecordedSnapshot(t *testing.T) {
	t.Parallel()
	decoded := map[string]*snapshot{}
	for _, name := range []string{"json", "smile"} {
		body, err := os.ReadFile("testdata/snapshot." + name)
		if err != nil {
			t.Fatal(err)
		}
		if decoded[name], err = decodeSnapshot(body); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if diff := cmp.Diff(decoded["json"], decoded["smile"]); diff != "" {
		t.Errorf("JSON and Smile differ: %s", diff)
	}
	s := decoded["json"]
	if len(s.Requests) != 7 || s.Requests[0].Type != metadataItem || *s.Counter != (counter{23, 1795803465444}) {
		t.Fatalf("decoded %+v", s)
	}
	got := map[string]druid.TaskState{}
	for _, i := range s.Requests[1:] {
		got[i.Announcement.ID] = i.Announcement.Status.State
	}
	want := map[string]druid.TaskState{
		"one_1": druid.Running, "short_181535": druid.Success, "short_181416": druid.Success, "cancelled_181535": druid.Failed,
		"long_181535": druid.Success, "long_181416": druid.Success,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if at := s.Requests[1].Announcement.Location; at != (druid.TaskLocation{Host: "localhost", Port: 35327, TLSPort: -1}) {
		t.Errorf("location %+v", at)
	}
}

func TestDecodeSnapshot(t *testing.T) {
	t.Parallel()
	const counter = `"counter":{"counter":3,"hash":1700000000000}`
	for name, c := range map[string]struct {
		body string
		want string // of the error; empty if there is none
	}{
		"a snapshot": {`{"resetCounter":false,"resetCause":null,` + counter + `,"requests":[{"type":"metadata","disabled":true},` +
			`{"type":"taskUpdate","taskAnnouncement":{"id":"a","type":null,"status":"RUNNING","taskStatus":{"id":"a","status":"RUNNING","duration":-1,"errorMsg":null,` +
			`"location":{"host":null,"port":-1,"tlsPort":-1}},"taskResource":{"availabilityGroup":"a","requiredCapacity":1},"taskLocation":{"host":null,"port":-1,"tlsPort":-1},"taskDataSource":"none"}},` +
			`{"type":"taskRemoval","taskId":"b"}]}`, ""},
		"no requests":         {`{` + counter + `,"requests":null}`, ""},
		"a reset":             {`{"resetCounter":true,"resetCause":"x","counter":null,"requests":null}`, ""},
		"a reset in Smile":    {":)\n\x00\xfa\x8bresetCounter\x23\xfb", ""},
		"broken Smile":        {":)\n\x00\xfa\x8breset", "smile"},
		"another smiley":      {":(", "smile"},
		"no JSON":             {`<html>`, "<html>"},
		"no counter":          {`{"requests":[]}`, "counter is missing"},
		"an unknown item":     {`{` + counter + `,"requests":[{"type":"other"}]}`, `requests[0]: type is "other"`},
		"a task without id":   {`{` + counter + `,"requests":[{"type":"taskUpdate","taskAnnouncement":{}}]}`, "taskAnnouncement.id is missing"},
		"no task":             {`{` + counter + `,"requests":[{"type":"taskUpdate"}]}`, "taskAnnouncement.id is missing"},
		"a task of no status": {`{` + counter + `,"requests":[{"type":"taskUpdate","taskAnnouncement":{"id":"a"}}]}`, `task[a]: taskStatus.status is ""`},
		"a removal of nobody": {`{` + counter + `,"requests":[{"type":"metadata"},{"type":"taskRemoval"}]}`, "requests[1]: taskId is missing"},
	} {
		s, err := decodeSnapshot([]byte(c.body))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}
