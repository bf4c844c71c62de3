package table

import (
	"slices"
	"strings"
)

// keyPath is a path of keys as --json-path takes it: joined by points. A backslash stands before what means something else in such paths and belongs to a key.
func keyPath(keys []string) string {
	written := make([]string, len(keys))
	for i, key := range keys {
		if strings.ContainsAny(key, `\.[`) {
			key = strings.NewReplacer(`\`, `\\`, ".", `\.`, "[", `\[`).Replace(key)
		}
		if key == everyKey || strings.HasPrefix(key, "$") {
			key = `\` + key
		}
		written[i] = key
	}
	return strings.Join(written, ".")
}

// everyPath is the path of all keys of an object.
func everyPath(keys []string) string {
	if len(keys) == 0 {
		return everyKey
	}
	return keyPath(keys) + "." + everyKey
}

// keysOf reads what keyPath writes. every tells that a star ends it, which is none of the keys.
func keysOf(path string) (keys []string, every bool) {
	keys = []string{}
	var key strings.Builder
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && i+1 < len(path) && strings.IndexByte(`\.[*$`, path[i+1]) >= 0:
			i++
			key.WriteByte(path[i])
		case c == '.':
			keys = append(keys, key.String())
			key.Reset()
		default:
			key.WriteByte(c)
		}
	}
	if path == everyKey || strings.HasSuffix(path, "."+everyKey) {
		return slices.Clip(keys), true
	}
	return append(keys, key.String()), false
}
