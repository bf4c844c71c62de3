package task

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/spec"
)

// A context that is not read is the fault of who has sent it, and told with its path.
func TestContextsThatAreNotRead(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"'taskLockTimeout':'x'":    `context.taskLockTimeout: must be a whole number of milliseconds, or 0 to wait without end, but is "x"`,
		"'taskLockTimeout':{}":     "context.taskLockTimeout: must be a whole number of milliseconds, or 0 to wait without end, but is {}",
		"'taskLockTimeout':-1":     "context.taskLockTimeout: must be a whole number of milliseconds, or 0 to wait without end, but is -1",
		"'mayReplace':'FORTNIGHT'": `context.mayReplace: must be NOTHING or a granularity, like DAY, but is "FORTNIGHT"`,
		"'mayReplace':true":        "context.mayReplace: must be NOTHING or a granularity, like DAY, but is true",
	} {
		_, err := Decode(indexText("index", given, "", false), noon)
		if refused, is := errors.AsType[*spec.Error](err); !is || refused.Error() != want {
			t.Errorf("%s: %v, want %s", given, err, want)
		}
	}
}

func TestContextsThatNobodyCanGoBy(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"": "",
		"'useConcurrentLocks':true,'useSharedLock':'FALSE','storeEmptyColumns':null,'taskLockType':null,'whatever':{}": "",
		"'ovateQueuePriority':-1000":                                  "",
		"'ovateQueuePriority':'7'":                                    "",
		"'ovateQueuePriority':1001":                                   "context.ovateQueuePriority: must be a whole number from -1000 to 1000, of which higher ones go first, but is 1001",
		"'ovateQueuePriority':'high'":                                 `context.ovateQueuePriority: must be a whole number from -1000 to 1000, of which higher ones go first, but is "high"`,
		"'useConcurrentLocks':1":                                      "context.useConcurrentLocks: must be true or false, but is 1",
		"'useSharedLock':'yes'":                                       `context.useSharedLock: must be true or false, but is "yes"`,
		"'forceTimeChunkLock':[]":                                     "context.forceTimeChunkLock: must be true or false, but is []",
		"'storeEmptyColumns':0":                                       "context.storeEmptyColumns: must be true or false, but is 0",
		"'storeCompactionState':'on'":                                 `context.storeCompactionState: must be true or false, but is "on"`,
		"'taskLockType':'replace'":                                    "",
		"'inputChecksums':null":                                       "",
		"'inputChecksums':'9-e3069283'":                               `context.inputChecksums: must be a list of texts, one for each of inputSource.files, but is "9-e3069283"`,
		"'inputChecksums':['9-e3069283']":                             "context.inputChecksums: has 1 checksums: there must be one for each of the files of an inputSource of type local without a baseDir",
		"'taskLockType':'NONE'":                                       `context.taskLockType: must be one of [EXCLUSIVE SHARED APPEND REPLACE], but is "NONE"`,
		"'taskLockType':true":                                         "context.taskLockType: must be one of [EXCLUSIVE SHARED APPEND REPLACE], but is true",
		"'druid.indexer.runner.javaOpts':'-Xmx1g'":                    "",
		"'druid.indexer.fork.property.druid.processing.numThreads':2": "",
		"'druid.indexer.fork.property.druid.storage.zip':'true'":      "",
		"'druid.indexer.fork.property.druid.storage.storageDirectory':'/elsewhere'": "context.druid.indexer.fork.property.druid.storage.storageDirectory: " +
			"sets a property of the task's own process, but tasks share the server's process here: set druid.storage.storageDirectory for the server",
	} {
		err := Check(indexTask(t, "index", given, "", false), spec.Limits{})
		var refused *spec.Error
		if want == "" && err != nil || want != "" && (!errors.As(err, &refused) || refused.Error() != want) {
			t.Errorf("%s: %v, want %s", given, err, want)
		}
	}
	local := func(sums string) error {
		decoded, err := Decode([]byte(`{"type":"index_parallel","context":{"inputChecksums":`+sums+`},"spec":{"dataSchema":{"dataSource":"d","timestampSpec":{"column":"t"},"dimensionsSpec":{"dimensions":[]}},`+
			`"ioConfig":{"type":"index_parallel","inputFormat":{"type":"json"},"inputSource":{"type":"local","files":["/a","/b"]}}}}`), noon)
		if err != nil {
			t.Fatal(err)
		}
		return Check(decoded, spec.Limits{})
	}
	if err := local(`["0-00000000","9-e3069283"]`); err != nil {
		t.Error(err)
	}
	for sums, want := range map[string]string{`["9-e3069283"]`: "context.inputChecksums: has 1 checksums", `["9-e3069283","9"]`: `context.inputChecksums[1]: "9" must be a length`, `[]`: "has 0 checksums"} {
		if err := local(sums); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", sums, err, want)
		}
	}
	if got := indexTask(t, "index", "'taskLockType':'append'", "", true).Locks().Type; got != druid.Append {
		t.Errorf("a type in lower case is %s", got)
	}
}

// Where a task runs makes no difference to what there is of locks; what takes none, or is of an extension, may have any such keys.
func TestLocksThatThereAreNot(t *testing.T) {
	t.Parallel()
	const (
		index = `{"type":"index_parallel","spec":{"dataSchema":{"dataSource":"d"}},"context":%s}`
		kill  = `{"type":"kill","dataSource":"d","interval":"2024/2025","context":%s}`
		noop  = `{"type":"noop","context":%s}`
		other = `{"type":"whatever","dataSource":"d","context":%s}`
	)
	for _, c := range []struct{ task, context, want string }{
		{index, `{"taskLockType":"APEND"}`, `context.taskLockType: must be one of [EXCLUSIVE SHARED APPEND REPLACE], but is "APEND"`},
		{index, `{"useConcurrentLocks":"maybe"}`, `context.useConcurrentLocks: must be true or false, but is "maybe"`},
		{index, `{"taskLockType":"append","useConcurrentLocks":"TRUE","forceTimeChunkLock":null}`, ""},
		{index, `{"storeEmptyColumns":"perhaps"}`, ""}, // which is the worker's to read
		{kill, `{"taskLockType":7}`, "context.taskLockType: must be one of [EXCLUSIVE SHARED APPEND REPLACE], but is 7"},
		{kill, `{"useSharedLock":1}`, "context.useSharedLock: must be true or false, but is 1"},
		{noop, `{"taskLockType":"APEND"}`, ""},
		{other, `{"taskLockType":"APEND"}`, ""},
	} {
		raw := fmt.Appendf(nil, c.task, c.context)
		decoded, err := DecodeRemote(raw, noon)
		if err == nil {
			err = Check(decoded, spec.Limits{})
		}
		if got := fmt.Sprint(err); c.want == "" && err != nil || c.want != "" && got != c.want {
			t.Errorf("at a worker, %s: %v, want %s", raw, err, c.want)
		}
		if c.task != kill {
			continue
		}
		here, err := Decode(raw, noon)
		if err == nil {
			err = Check(here, spec.Limits{})
		}
		if got := fmt.Sprint(err); got != c.want {
			t.Errorf("here, %s: %v, want %s", raw, err, c.want)
		}
	}
}
