package supervisor_test

import (
	"regexp"
	"strings"
	"testing"

	"ovate/internal/supervisor"
)

// A task that a supervisor has made is known by its id, and no other, as long as nobody takes pains.
func TestTaskIDs(t *testing.T) {
	t.Parallel()
	sequence := supervisor.SequenceName("index_kafka", "wiki_2", []byte("what it reads"))
	id := supervisor.NewTaskID(sequence)
	if !regexp.MustCompile(`^index_kafka_wiki_2_[0-9a-f]{15}_[a-p]{8}$`).MatchString(id) || !supervisor.IsTaskID(id, "index_kafka", "wiki_2") {
		t.Errorf("it is %s", id)
	}
	if other := supervisor.NewTaskID(sequence); other == id || !strings.HasPrefix(other, sequence) {
		t.Errorf("another one of %s is %s", sequence, other)
	}
	for _, of := range []struct{ typ, dataSource string }{{"index_kafka", "wiki"}, {"index_kinesis", "wiki_2"}} {
		if supervisor.IsTaskID(id, of.typ, of.dataSource) {
			t.Errorf("%s is one of %v", id, of)
		}
	}
	for _, by := range []string{"by_hand", "index_kafka_wiki_2", "index_kafka_wiki_2_2026-01-01T00:00:00.000Z", sequence} {
		if supervisor.IsTaskID(by, "index_kafka", "wiki_2") {
			t.Errorf("%s is taken for one that a supervisor has made", by)
		}
	}
}
