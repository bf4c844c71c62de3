package spec

import (
	"strings"
	"testing"
)

func TestLengths(t *testing.T) {
	t.Parallel()
	a := func(n int) string { return strings.Repeat("a", n) }
	read := func(text string) error {
		d, err := Read([]byte(text))
		if err != nil {
			return err
		}
		if _, err := d.Header(); err != nil {
			return err
		}
		if _, err := d.Group(); err != nil {
			return err
		}
		if _, err := d.Resource(); err != nil {
			return err
		}
		_, err = d.Noop()
		return err
	}
	for _, c := range []struct{ given, want string }{
		{`{"type":"noop","id":"` + a(1024) + `","groupId":"` + a(1024) + `","dataSource":"` + a(255) + `"}`, ""},
		{`{"type":"noop","id":"` + a(20_000_000) + `"}`, "id: must have at most 1024 bytes, but has 20000000: "},
		{`{"type":"noop","groupId":"` + a(1025) + `"}`, "groupId: must have at most 1024 bytes"},
		{`{"type":"noop","dataSource":"` + a(300) + `"}`, "dataSource: must have at most 255 bytes, but has 300"},
		{`{"type":"noop","dataSource":"` + strings.Repeat("ü", 128) + `"}`, "dataSource: must have at most 255 bytes, but has 256"},
		{`{"type":"noop","resource":{"availabilityGroup":"` + a(1025) + `","requiredCapacity":1}}`, "resource.availabilityGroup: must have at most 1024 bytes"},
	} {
		err := read(c.given)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want) || len(err.Error()) > 300) {
			t.Errorf("%.60s: %.400v, want %q", c.given, err, c.want)
		}
	}
	_, err := Parse("index", []byte(`{"dataSchema":{"dataSource":"`+a(256)+`","timestampSpec":{},"dimensionsSpec":{}},
		"ioConfig":{"type":"index","inputSource":{"type":"inline","data":"a"},"inputFormat":{"type":"json"}}}`))
	if want := "spec.dataSchema.dataSource: must have at most 255 bytes, but has 256"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}
