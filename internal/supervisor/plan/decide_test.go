package plan

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/stream"
	"ovate/internal/stream/kafka"
)

// text is a plan for tables: a word for each step.
func (p Plan) text() string {
	var words []string
	for _, s := range p.Steps {
		switch s := s.(type) {
		case Kill:
			words = append(words, "kill "+s.ID)
		case Succeed:
			words = append(words, "succeed "+s.ID)
		case Resume:
			words = append(words, "resume "+s.ID)
		case Finish:
			words = append(words, "finish "+strings.Join(s.IDs, "+"))
		case CheckPoint:
			words = append(words, "checkpoint "+strings.Join(s.IDs, "+"))
		case Begin:
			words = append(words, fmt.Sprint("begin ", s.At))
		case Reset:
			words = append(words, fmt.Sprint("reset ", s.To))
		case Create:
			words = append(words, fmt.Sprintf("create %d of %d %v%s", s.Count, s.Group, s.Checkpoints.At, s.Sequence))
		}
	}
	return strings.Join(words, ", ")
}

const minute = druid.Instant(60_000)

// known is two partitions, each with a group of one task, that were read up to 10 and 20, and of which nothing is new.
func known() *Known {
	return &Known{
		Rules: Rules{
			TaskCount: 2, Replicas: 1, TaskDuration: time.Hour, CompletionTimeout: 30 * time.Minute, StopTaskCount: 2, RepartitionDelay: 2 * time.Minute, Order: kafka.Order{},
			GroupsOf: byNumber,
		},
		Now: 1000 * minute, Wall: 1000 * minute, Partitions: []string{"0", "1"}, Earliest: Offsets{"0": "5", "1": "5"}, Latest: Offsets{"0": "100", "1": "100"},
		Published: Offsets{"0": "10", "1": "20"},
		Tasks:     []Task{reading("a", 0, "10"), reading("b", 1, "20")},
	}
}

// reading is a task that has read its one partition for ten minutes.
func reading(id string, group int, from stream.Sequence) Task {
	start := Offsets{strconv.Itoa(group): from}
	return Task{
		ID: id, Group: group, Sequence: "s" + id, Start: start, Checkpoints: Checkpoints{At: []Offsets{start}}, Created: 980 * minute, Current: true, Placed: true,
		Heard: &Heard{Phase: Reading, Began: 990 * minute, Checkpoints: Checkpoints{At: []Offsets{start}}},
	}
}

// publishing is a task that has read up to an end.
func publishing(id string, group int, from, to stream.Sequence) Task {
	t := reading(id, group, from)
	t.Heard.Phase, t.Heard.End = Publishing, Offsets{strconv.Itoa(group): to}
	return t
}

// beginning is a task that no worker has taken yet.
func beginning(id string, group int, from stream.Sequence) Task {
	t := reading(id, group, from)
	t.Placed, t.Heard = false, nil
	return t
}

func TestDecide(t *testing.T) {
	t.Parallel()
	hour := time.Hour
	replicas := func(k *Known, second func(*Task)) {
		k.Replicas = 2
		k.TaskCount, k.Partitions = 1, []string{"0"}
		other := reading("a2", 0, "10")
		other.Sequence = "sa"
		second(&other)
		k.Tasks = []Task{k.Tasks[0], other}
	}
	full := func(k *Known, from stream.Sequence) { k.Full = []Full{{0, Offsets{"0": from}}} }
	for _, c := range []struct {
		name string
		set  func(*Known)
		want string
	}{
		{"everything is as it should be", func(*Known) {}, ""},

		{"nothing is known of the stream", func(k *Known) { k.Partitions, k.Tasks = nil, nil }, ""},
		{"the first tasks, from the end", func(k *Known) { k.Published, k.Tasks = nil, nil }, "begin map[0:100 1:100]"},
		{"the first tasks, from the beginning", func(k *Known) { k.Published, k.Tasks, k.UseEarliest = nil, nil, true }, "begin map[0:5 1:5]"},
		{"where a partition ends is not known", func(k *Known) { k.Published, k.Tasks, k.Latest = nil, nil, Offsets{"0": "100"} }, "begin map[0:100]"},
		{"tasks for what is published", func(k *Known) { k.Tasks = nil }, "create 1 of 0 [map[0:10]], create 1 of 1 [map[1:20]]"},
		{"one task for all", func(k *Known) { k.Tasks, k.TaskCount, k.Replicas = nil, 1, 2 }, "create 2 of 0 [map[0:10 1:20]]"},
		{"more tasks than partitions", func(k *Known) { k.TaskCount = 5 }, ""},
		{"another partition begins with its first record", func(k *Known) { k.Partitions = append(k.Partitions, "2"); k.Earliest["2"] = "0" }, "begin map[2:0]"},
		{"one that is read begins where its tasks have", func(k *Known) { k.Published = Offsets{"1": "20"} }, "begin map[0:10]"},
		{"what is published is of another stream", func(k *Known) { k.Elsewhere, k.Tasks = true, nil }, "begin map[0:100 1:100]"},
		{"what is published is stored by another name", func(k *Known) { k.Renamed, k.Tasks = true, nil }, "begin map[0:10 1:20]"},
		{"tasks of another stream end first", func(k *Known) { k.Elsewhere, k.Tasks[0].Elsewhere, k.Tasks[1].Elsewhere = true, true, true }, "finish a, finish b"},
		{"they are publishing", func(k *Known) {
			k.Elsewhere, k.Tasks = true, []Task{publishing("a", 0, "10", "30")}
			k.Tasks[0].Elsewhere = true
		}, ""},

		{"tasks of a group have failed one after the other", func(k *Known) { k.Tasks, k.Resting = nil, map[int]bool{0: true} }, "create 1 of 1 [map[1:20]]"},
		{"a task is missing", func(k *Known) { k.Tasks = k.Tasks[:1] }, "create 1 of 1 [map[1:20]]"},
		{"the next begins where one ends that publishes", func(k *Known) { k.Tasks[0] = publishing("a", 0, "10", "30") }, "create 1 of 0 [map[0:30]]"},
		{"of two, where the later one ends", func(k *Known) {
			k.Tasks = append(k.Tasks[1:], publishing("x", 0, "30", "31"), publishing("a", 0, "10", "30"))
		}, "create 1 of 0 [map[0:31]]"},
		{"nobody knows where that is", func(k *Known) { k.Tasks[0].Heard.Phase = Publishing }, ""},
		{"a task that says nothing may read", func(k *Known) { k.Tasks[0].Heard = nil }, ""},
		{"a replica is missing", func(k *Known) { k.Replicas = 2 }, "create 1 of 0 [map[0:10]]sa, create 1 of 1 [map[1:20]]sb"},
		{"a replica begins with what is not published", func(k *Known) {
			replicas(k, func(*Task) {})
			k.Tasks, k.Published = k.Tasks[:1], Offsets{"0": "12"}
			k.Tasks[0].Heard.Checkpoints.At = []Offsets{{"0": "10"}, {"0": "12"}, {"0": "14"}}
		}, "create 1 of 0 [map[0:12] map[0:14]]sa"},
		{"a replica waits until it is known what the other has", func(k *Known) { k.Replicas = 2; k.Tasks[0].Heard = nil }, "create 1 of 1 [map[1:20]]sb"},
		{"records are gone", func(k *Known) { k.Tasks, k.Unavailable = nil, map[string]bool{"0": true} }, "create 1 of 1 [map[1:20]]"},
		{"a stream is shorter than what is published", func(k *Known) {
			k.Tasks, k.Unavailable, k.Latest = nil, map[string]bool{"0": true}, Offsets{"0": "7"}
		}, "create 1 of 1 [map[1:20]]"},
		{"records are gone, and are left out", func(k *Known) {
			k.Tasks, k.Unavailable, k.ResetAutomatically, k.UseEarliest = nil, map[string]bool{"0": true}, true, true
		}, "reset map[0:5], create 1 of 1 [map[1:20]]"},
		{"records are gone that are read already", func(k *Known) { k.Unavailable = map[string]bool{"0": true} }, ""},
		{"they have read long enough by a clock that leapt", func(k *Known) { k.Now, k.Wall = k.Now+300*minute, k.Wall+300*minute }, "finish a, finish b"},
		{"and not once it was put right", func(k *Known) { k.Now += 300 * minute }, ""},
		{"it was put back", func(k *Known) { k.Wall -= 300 * minute }, ""},
		{"it is idle", func(k *Known) { k.Tasks, k.IdleAfter, k.Quiet = nil, time.Minute, k.Now-2*minute }, ""},
		{"it is not idle yet", func(k *Known) { k.Tasks, k.IdleAfter, k.Quiet = k.Tasks[:1], time.Hour, k.Now-2*minute }, "create 1 of 1 [map[1:20]]"},
		{"it is suspended", func(k *Known) { k.Suspended = true }, "finish a, finish b"},
		{"it is suspended, and nobody reads", func(k *Known) { k.Suspended, k.Tasks = true, nil }, ""},
		{"it is suspended, and tasks have not begun", func(k *Known) { k.Suspended, k.Tasks[0] = true, beginning("a", 0, "10") }, "kill a"},

		{"a task has read long enough", func(k *Known) { k.Tasks[0].Heard.Began = 900 * minute }, "finish a"},
		{"both, and one may publish", func(k *Known) {
			k.StopTaskCount = 1
			k.Tasks[0].Heard.Began, k.Tasks[1].Heard.Began = 900*minute, 800*minute
		}, "finish b"},
		{"others publish yet", func(k *Known) {
			k.StopTaskCount = 1
			k.Tasks[0].Heard.Began = 900 * minute
			k.Tasks = append(k.Tasks, publishing("x", 1, "20", "25"), reading("y", 1, "25"))
			k.Tasks[1] = k.Tasks[3]
			k.Tasks = k.Tasks[:3]
		}, ""},
		{"it was told to end", func(k *Known) { k.Handoff = map[int]bool{1: true} }, "finish b"},
		{"the spec has changed", func(k *Known) { k.Tasks[0].Current = false }, "finish a"},
		{"groups are others", func(k *Known) { k.TaskCount = 1 }, "finish b"},
		{"there are new partitions for it", func(k *Known) {
			k.Partitions, k.Published["2"], k.Grown = append(k.Partitions, "2"), "0", k.Now-3*minute
		}, "finish a"},
		{"not yet", func(k *Known) { k.Partitions, k.Published["2"], k.Grown = append(k.Partitions, "2"), "0", k.Now-minute }, ""},
		{"replicas that have not begun do not hold it up", func(k *Known) {
			replicas(k, func(t *Task) { t.Placed, t.Heard = false, nil })
			k.Tasks[0].Heard.Began = 900 * minute
		}, "kill a2"},

		{"what came before was lost", func(k *Known) { k.Tasks[0] = reading("a", 0, "15") }, "kill a"},
		{"and what follows on that", func(k *Known) {
			k.Tasks = append(k.Tasks, publishing("p", 0, "12", "15"), reading("c", 0, "15"))
			k.Tasks = k.Tasks[1:]
		}, "kill c, kill p"},
		{"what it has read is published", func(k *Known) { k.Tasks[0] = reading("a", 0, "8") }, "kill a"},
		{"it is published, and it waits for the handoff", func(k *Known) { k.Tasks = append(k.Tasks, publishing("p", 0, "5", "10")) }, ""},
		{"and what comes later is, too", func(k *Known) { k.Tasks = append(k.Tasks, publishing("p", 0, "3", "5")) }, ""},
		{"one that says nothing may follow", func(k *Known) { k.Tasks[0] = reading("a", 0, "8"); k.Tasks[0].Heard = nil }, ""},
		{"it does not answer any more", func(k *Known) { k.Tasks[0].Lost = true }, "kill a"},
		{"two read the same", func(k *Known) { k.Tasks = append(k.Tasks, reading("c", 1, "20")); k.Tasks[2].Created++ }, "kill c"},
		{"two read the same, of which one does what the spec says", func(k *Known) { k.Tasks = append(k.Tasks, reading("c", 1, "20")); k.Tasks[1].Current = false }, "kill b"},
		{"a replica publishes what it reads", func(k *Known) {
			replicas(k, func(t *Task) { t.Heard.Phase, t.Heard.End = Publishing, Offsets{"0": "12"} })
		}, "kill a"},
		{"a replica publishes, and nothing came: the next have its name", func(k *Known) {
			replicas(k, func(t *Task) { t.Heard.Phase, t.Heard.End = Publishing, Offsets{"0": "10"} })
			k.Replicas = 1
		}, ""},
		{"too many replicas", func(k *Known) {
			replicas(k, func(t *Task) { t.Created-- })
			k.Replicas = 1
			k.Tasks[1].Placed, k.Tasks[1].Heard = false, nil
		}, "kill a2"},
		{"a replica has other checkpoints", func(k *Known) {
			replicas(k, func(*Task) {})
			k.Tasks[0].Heard.Checkpoints.At = []Offsets{{"0": "10"}, {"0": "12"}}
		}, "kill a2"},
		{"it takes too long to publish", func(k *Known) {
			k.Tasks[0] = publishing("a", 0, "10", "30")
			k.Ending = map[string]druid.Instant{"a": 900 * minute}
		}, "kill a"},
		{"a replica has published", func(k *Known) {
			k.Tasks = append(k.Tasks, publishing("p", 0, "5", "10"))
			k.Succeeded = map[string]bool{"sp": true}
		}, "succeed p"},
		{"one of the same name has published, and this has not", func(k *Known) {
			k.Tasks[0] = publishing("a", 0, "10", "12")
			k.Tasks = append(k.Tasks, reading("c", 0, "12"))
			k.Succeeded = map[string]bool{"sa": true}
		}, ""},

		{"it is paused, and nobody knows why", func(k *Known) { k.Tasks[0].Heard.Phase, k.Paused = Paused, map[string]bool{"a": true} }, "resume a"},
		{"it has been paused a moment ago", func(k *Known) { k.Tasks[0].Heard.Phase = Paused }, ""},
		{"it is paused to be told what to do", func(k *Known) {
			k.Tasks[0].Heard.Phase, k.Paused = Paused, map[string]bool{"a": true}
			full(k, "10")
		}, "checkpoint a"},
		{"a part is full", func(k *Known) { full(k, "10") }, "checkpoint a"},
		{"a part is full, and its replicas read", func(k *Known) { replicas(k, func(*Task) {}); full(k, "10") }, "checkpoint a+a2"},
		{"a replica waits for a worker", func(k *Known) { replicas(k, func(t *Task) { t.Placed, t.Heard = false, nil }); full(k, "10") }, "kill a2, checkpoint a"},
		{"a replica is beginning", func(k *Known) { replicas(k, func(t *Task) { t.Heard.Phase = Starting }); full(k, "10") }, ""},
		{"it was asked for already", func(k *Known) {
			k.Tasks[0].Heard.Checkpoints.At = []Offsets{{"0": "10"}, {"0": "12"}}
			full(k, "10")
		}, ""},
		{"asked by both", func(k *Known) { k.Full = []Full{{0, Offsets{"0": "10"}}, {0, Offsets{"0": "10"}}} }, "checkpoint a"},
		{"it is to end anyway", func(k *Known) { full(k, "10"); k.Tasks[0].Heard.Began = 900 * minute }, "finish a"},
		{"no part begins there", func(k *Known) { full(k, "11") }, ""},
		{"no such group", func(k *Known) { k.Full = []Full{{7, Offsets{"0": "11"}}} }, ""},
		{"the times of records", func(k *Known) { k.Tasks, k.Late, k.Early = k.Tasks[1:], &hour, &hour }, "create 1 of 0 [map[0:10]]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := known()
			c.set(k)
			plan := Decide(k)
			if got := plan.text(); got != c.want {
				t.Errorf("decided is %q, want %q", got, c.want)
			}
			wantTrouble := map[string]string{
				"where a partition ends is not known": "partition 1 begins", "records are gone": "partition 0 from offset 10",
				"a stream is shorter than what is published": "from offset 10, but ends at 7", "no part begins there": "from offset 11 of partition 0, where none of its parts begins",
				"no such group": "which is not there",
			}[c.name]
			if (plan.Trouble != "") != (wantTrouble != "") || !strings.Contains(plan.Trouble, wantTrouble) {
				t.Errorf("it is told %q, want %q", plan.Trouble, wantTrouble)
			}
			if waits := c.name == "a replica is beginning"; (len(plan.Full) > 0) != waits && len(plan.Steps) == 0 {
				t.Errorf("known must be yet %v", plan.Full)
			}
			if idle := c.name == "it is idle"; plan.Idle != idle {
				t.Errorf("it is idle: %t", plan.Idle)
			}
		})
	}
}

// Tasks take records of the times that the spec tells.
func TestTimesOfRecords(t *testing.T) {
	t.Parallel()
	hour, late := time.Hour, 2*time.Hour
	k := known()
	k.Tasks, k.Late, k.Early = k.Tasks[1:], &late, &hour
	k.Now += 300 * minute // the machine's clock was ahead, and was put right
	c := Decide(k).Steps[0].(Create)
	if *c.Earliest != k.Wall-120*minute || *c.Latest != k.Wall+120*minute { // it reads for an hour
		t.Errorf("records are taken from %s to %s", c.Earliest, c.Latest)
	}
	ever := time.Duration(math.MaxInt64)
	k.Late, k.Early = &ever, &ever
	if c = Decide(k).Steps[0].(Create); *c.Earliest >= k.Now || *c.Latest <= k.Now {
		t.Errorf("records of all times are taken from %s to %s", c.Earliest, c.Latest)
	}
	start := druid.Instant(5)
	k.LateStart = &start
	if c = Decide(k).Steps[0].(Create); *c.Earliest != 5 {
		t.Errorf("records are taken from %s", c.Earliest)
	}
}
