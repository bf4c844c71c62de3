package supervisor

import (
	"crypto/sha1"
	"encoding/hex"
	"math/rand/v2"
	"regexp"
	"strings"
)

// The ids of tasks that read a stream are made as Druid makes them, and by them the tasks of a supervisor are known that is not there any more (left.go).

// SequenceName is the name that tasks have in common which read the same, by all that says what they read and do.
func SequenceName(taskType, dataSource string, said []byte) string {
	sum := sha1.Sum(said)
	return taskType + "_" + dataSource + "_" + hex.EncodeToString(sum[:])[:15]
}

// NewTaskID is the id of another task of a sequence.
func NewTaskID(sequence string) string {
	letters := make([]byte, 8)
	for i := range letters {
		letters[i] = 'a' + byte(rand.IntN(16))
	}
	return sequence + "_" + string(letters)
}

// supervised is what follows the type and the data source in such an id.
var supervised = regexp.MustCompile(`^[0-9a-f]{15,}_[0-9a-z]{8}$`)

// IsTaskID tells whether a task of a type and a data source has an id that a supervisor has made. One that somebody has submitted has another, unless he has
// taken pains.
func IsTaskID(id, taskType, dataSource string) bool {
	rest, ours := strings.CutPrefix(id, taskType+"_"+dataSource+"_")
	return ours && supervised.MatchString(rest)
}
