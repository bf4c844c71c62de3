package source

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
	"sync/atomic"
	"testing"
)

// member is gzip data with a header of its own and the data of a text.
func member(t *testing.T, header []byte, text string) []byte {
	t.Helper()
	var data bytes.Buffer
	w := gzip.NewWriter(&data)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(header), data.Bytes()[10:]...)
}

// flipped has a byte changed, counted from the end.
func flipped(data []byte, at int) []byte {
	data[len(data)+at] ^= 1
	return data
}

// TestGzipHeaders: whatever a header holds that a reader has no use for, the data behind it is read, also of a second member.
func TestGzipHeaders(t *testing.T) {
	t.Parallel()
	header := func(flags byte, more ...string) []byte {
		return []byte("\x1f\x8b\x08" + string([]byte{flags}) + "\x00\x00\x00\x00\x00\x03" + strings.Join(more, ""))
	}
	summed := func(b []byte) []byte { return binary.LittleEndian.AppendUint16(b, uint16(crc32.ChecksumIEEE(b))) }
	long := strings.Repeat("x", 70_000) + "\x00"
	for name, c := range map[string]struct {
		data  []byte
		fault string
	}{
		"plain":               {member(t, header(0), "rows"), ""},
		"a long comment":      {member(t, header(16, long), "rows"), ""},
		"a long name":         {member(t, header(8, long), "rows"), ""},
		"everything":          {member(t, summed(header(2|4|8|16, "\x03\x00abc", long, long)), "rows"), ""},
		"two members":         {append(member(t, header(16, long), "ro"), member(t, header(8, long), "ws")...), ""},
		"a wrong sum":         {member(t, append(header(2|8, "a\x00"), 1, 2), "rows"), "invalid header"},
		"a comment for ever":  {member(t, header(16, strings.Repeat("x", 3<<20)), "rows"), "a comment of more than 1048576 bytes"},
		"reserved flags":      {member(t, header(0xe0), "rows"), "flags 0xe0"},
		"one reserved flag":   {member(t, header(0x20|8, "a\x00"), "rows"), "flags 0x20"},
		"reserved, second":    {append(member(t, header(0), "rows"), member(t, header(0x80), "")...), "flags 0x80"},
		"zeros at the end":    {append(member(t, header(0), "rows"), make([]byte, 70_000)...), ""},
		"one zero":            {append(member(t, header(0), "rows"), 0), ""},
		"zeros between":       {append(append(member(t, header(0), "ro"), make([]byte, 512)...), member(t, header(0), "ws")...), "no gzip data"},
		"zeros, then bytes":   {append(append(member(t, header(0), "rows"), make([]byte, 5000)...), 'x'), "no gzip data"},
		"bytes at the end":    {append(member(t, header(0), "rows"), "abc"...), "no gzip data"},
		"cut in the comment":  {header(16, "abc"), "ends too early"},
		"cut in the sum":      {header(2, "a"), "ends too early"},
		"cut in the extra":    {header(4, "\xff\x00abc"), "ends too early"},
		"cut in the second":   {append(member(t, header(0), "rows"), header(16, "abc")...), "ends too early"},
		"another compression": {append([]byte("\x1f\x8b\x07"), make([]byte, 20)...), "invalid header"},
		"a wrong checksum":    {flipped(member(t, header(0), "rows"), -8), "invalid checksum"},
		"a wrong length":      {flipped(member(t, header(0), "rows"), -1), "invalid checksum"},
		"nothing":             {nil, "ends too early"},
	} {
		var got []byte
		r, err := decompress(io.NopCloser(bytes.NewReader(c.data)), "a.gz", new(atomic.Int64))
		if err == nil {
			got, err = io.ReadAll(r)
		}
		if c.fault == "" && (err != nil || string(got) != "rows") || c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
