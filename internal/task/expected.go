package task

import (
	"encoding/json"
	"fmt"

	"ovate/internal/checksum"
	"ovate/internal/spec"
)

// KeyInputChecksums is a context key of ours: what the files of a local input source held when somebody checked them, in the order of its files. A task
// whose files hold anything else when it reads them fails before it publishes. Without the key the files are read as they are, as in Druid.
const KeyInputChecksums = "inputChecksums"

// inputChecksums reads the key; none without it.
func (t *Index) inputChecksums() ([]checksum.Sum, error) {
	value, given := t.header.Context.Get(KeyInputChecksums)
	if !given || string(value) == "null" {
		return nil, nil
	}
	var texts []string
	if json.Unmarshal(value, &texts) != nil {
		return nil, contextError(KeyInputChecksums, "must be a list of texts, one for each of inputSource.files, but is %s", value)
	}
	local, is := t.spec.IO.Source.(spec.LocalSource)
	if !is || local.BaseDir != "" || len(local.Files) != len(texts) {
		return nil, contextError(KeyInputChecksums, "has %d checksums: there must be one for each of the files of an inputSource of type local without a baseDir", len(texts))
	}
	sums := make([]checksum.Sum, len(texts))
	for i, text := range texts {
		var err error
		if sums[i], err = checksum.Parse(text); err != nil {
			return nil, contextError(fmt.Sprintf("%s[%d]", KeyInputChecksums, i), "%v", err)
		}
	}
	return sums, nil
}
