package task

import (
	"errors"
	"testing"

	"ovate/druid"
	"ovate/internal/spec"
)

func TestContextsThatNobodyCanGoBy(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"": "",
		"'useConcurrentLocks':true,'useSharedLock':'FALSE','storeEmptyColumns':null,'taskLockType':null,'whatever':{}": "",
		"'useConcurrentLocks':1":                                      "context.useConcurrentLocks: must be true or false, but is 1",
		"'useSharedLock':'yes'":                                       `context.useSharedLock: must be true or false, but is "yes"`,
		"'forceTimeChunkLock':[]":                                     "context.forceTimeChunkLock: must be true or false, but is []",
		"'storeEmptyColumns':0":                                       "context.storeEmptyColumns: must be true or false, but is 0",
		"'storeCompactionState':'on'":                                 `context.storeCompactionState: must be true or false, but is "on"`,
		"'taskLockType':'replace'":                                    "",
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
	if got := indexTask(t, "index", "'taskLockType':'append'", "", true).Locks().Type; got != druid.Append {
		t.Errorf("a type in lower case is %s", got)
	}
}
