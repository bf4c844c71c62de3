package spec

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// splitHintSpec reads how much input one sub task is given. One process reads all of it, so that it is only echoed,
// as the JSON that is returned.
func (r *reader) splitHintSpec(v value) string {
	if v.missing() {
		return "null"
	}
	switch r.typeOf(v, "org.apache.druid.data.input.SplitHintSpec", "maxSize", "segments") {
	case "maxSize":
		size, files := v.field("maxSplitSize"), v.field("maxNumFiles")
		bytes := r.bytes(size, 1<<30)
		if bytes < 1 {
			r.refuse(size, "must be larger than 0, but is %s", size.shown())
		}
		return fmt.Sprintf(`{"type":"maxSize","maxSplitSize":%d,"maxNumFiles":%d}`, bytes, r.atLeast(files, 1, r.int(files, 1000)))
	case "segments":
		return fmt.Sprintf(`{"type":"segments","maxInputSegmentBytesPerTask":%d,"maxNumSegments":%d}`,
			r.bytes(v.field("maxInputSegmentBytesPerTask"), 1<<30), r.int(v.field("maxNumSegments"), 1000))
	}
	return "null"
}

// bytes reads a number of bytes, which may have a unit such as K (1000), Ki or KiB (1024).
func (r *reader) bytes(v value, fallback int64) int64 {
	if v.missing() {
		return fallback
	}
	if v.kind == text {
		if n, ok := parseBytes(strings.ToUpper(strings.TrimSpace(v.text))); ok {
			return n
		}
	} else if v.kind == number && !strings.ContainsAny(v.text, ".eE") {
		return r.long(v, fallback)
	}
	r.refuse(v, "must be a number of bytes, with a unit like K, M, G, Ki, MiB or without, but is %s", v.shown())
	return fallback
}

func parseBytes(s string) (n int64, ok bool) {
	step, unit := int64(1000), s
	if trimmed := strings.TrimSuffix(strings.TrimSuffix(s, "B"), "I"); trimmed != s && !strings.HasSuffix(trimmed, "B") {
		if !strings.Contains(s[len(trimmed):], "I") {
			return 0, false // KB is no unit of Druid's
		}
		step, unit = 1024, trimmed
	}
	power := 0
	if unit != "" {
		power = strings.IndexByte("KMGTP", unit[len(unit)-1]) + 1
	}
	if power > 0 {
		unit = unit[:len(unit)-1]
	} else if step == 1024 {
		return 0, false
	}
	n, err := strconv.ParseInt(unit, 10, 64)
	if err != nil || n < 0 {
		return 0, false
	}
	for ; power > 0; power-- {
		if n > math.MaxInt64/step {
			return 0, false
		}
		n *= step
	}
	return n, true
}
