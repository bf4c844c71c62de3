package checksum

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestSum(t *testing.T) {
	t.Parallel()
	const digits = "123456789"
	const want = "9-e3069283" // the check value of CRC-32C
	for name, r := range map[string]io.Reader{"at once": strings.NewReader(digits), "bytes": iotest.OneByteReader(strings.NewReader(digits))} {
		read := &Reader{ReadCloser: io.NopCloser(r)}
		if _, err := io.ReadFull(read, make([]byte, 4)); err != nil {
			t.Fatal(err)
		}
		if err := read.Drain(); err != nil || read.Sum.String() != want {
			t.Errorf("%s: %s, %v", name, read.Sum, err)
		}
		if again, err := Parse(read.Sum.String()); err != nil || again != read.Sum {
			t.Errorf("%s: %v, %v", name, again, err)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	if s, err := Parse("0-00000000"); err != nil || s != (Sum{}) {
		t.Errorf("%v, %v", s, err)
	}
	for _, text := range []string{"", "9", "9-", "-e3069283", "9-e306928", "9-E3069283", "09-e3069283", "+9-e3069283", "9-e30692830", "9-e3069283 ", "99999999999999999999-e3069283"} {
		if s, err := Parse(text); err == nil || !strings.Contains(err.Error(), "like 1024-") {
			t.Errorf("%q: %v, %v", text, s, err)
		}
	}
}
