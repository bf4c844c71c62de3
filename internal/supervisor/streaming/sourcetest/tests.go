package sourcetest

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/commit"
	"ovate/internal/metadata"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/plan"
	"ovate/internal/supervisor/streaming"
	"ovate/internal/task"
)

func testSettings(b *bench) {
	s := b.Source.Settings()
	r := &s.Rules
	switch {
	case r.TaskCount < 1 || r.Replicas < 1 || r.StopTaskCount < 1 || r.TaskDuration <= 0 || r.CompletionTimeout <= 0 || r.RepartitionDelay <= 0:
		b.Errorf("rules that lead to nothing: %+v", r)
	case r.GroupsOf == nil || r.Order == nil:
		b.Error("who reads which partition, or the order of places, is missing")
	case s.TaskType == "" || s.Period <= 0 || s.ChatTimeout <= 0 || s.OffsetPeriod <= 0:
		b.Errorf("settings that lead to nothing: %+v", s)
	}
	for _, at := range []string{string(b.Early), string(b.Late)} {
		if string(s.NoEnd) == at {
			b.Errorf("%s is a place, and means that there is no end", at)
		}
	}
	if sign, err := r.Order.Compare(b.Early, b.Late); err != nil || sign >= 0 {
		b.Errorf("%s comes before %s: %d, %v", b.Early, b.Late, sign, err)
	}
}

func testPartitions(b *bench) {
	names := slices.Sorted(maps.Keys(b.offsets(b.Early)))
	if len(names) != len(b.Partitions) {
		b.Fatalf("%d partitions have the names %q", len(b.Partitions), names)
	}
	groupsOf := b.Source.Settings().Rules.GroupsOf
	for count := 1; count <= 5; count++ {
		groups := groupsOf(names, count)
		for _, name := range names {
			if group, told := groups[name]; !told || group < 0 || group >= count {
				b.Errorf("partition %s is of group %d of %d, %t", name, group, count, told)
			}
		}
		if again := groupsOf(names, count); !maps.Equal(groups, again) {
			b.Errorf("groups are %v, and then %v", groups, again)
		}
	}
}

func testTasks(b *bench) {
	plain, limited, later := b.create(), b.create(), b.create()
	limited.Earliest, limited.Latest = limits()
	later.Sequence, later.Group = b.read(b.Source, b.task(b.Source, plain)).Sequence, 0
	later.Checkpoints = plan.Checkpoints{First: 3, At: []plan.Offsets{b.offsets(b.Early), b.offsets(b.Late)}}
	for _, c := range []plan.Create{plain, limited, later} {
		text := b.task(b.Source, c)
		got := b.read(b.Source, text)
		want := plan.Task{
			ID: got.ID, Group: c.Group, Sequence: got.Sequence, Start: c.Start, Checkpoints: c.Checkpoints, Earliest: c.Earliest, Latest: c.Latest, Current: true,
		}
		if c.Sequence != "" {
			want.Sequence = c.Sequence
		}
		if !reflect.DeepEqual(got, want) {
			b.Errorf("%s is read as\n%+v, want\n%+v", text, got, want)
		}
	}
}

func testQueue(b *bench) {
	text := b.task(b.Source, b.create())
	made, err := task.DecodeRemote(text, druid.Now())
	if err != nil {
		b.Fatalf("%s: %v", text, err)
	}
	h, read := made.Header(), b.read(b.Source, text)
	if want := b.Source.Settings().TaskType; h.Type != want || h.DataSource != b.DataSource || h.ID != read.ID {
		b.Errorf("it is %s of type %s for %s; want %s of type %s for %s", h.ID, h.Type, h.DataSource, read.ID, want, b.DataSource)
	}
	if !task.KindOf(h.Type).ReadsStream() {
		b.Errorf("tasks of type %s are not known for ones that read a stream, and are no replicas of one another (task/kind.go)", h.Type)
	}
	if groups := metadata.StreamGroups(b.DataSource); !slices.Contains(groups[:], h.GroupID) {
		b.Errorf("its group %s is none of those of tasks that read streams (metadata.StreamGroups)", h.GroupID)
	}
	if types, err := auth.InputSources(h.Type, text); err != nil || len(types) != 1 {
		b.Errorf("what it reads is for who may do everything alone (auth/inputsource.go): %q, %v", types, err)
	}
	if h.Resource.AvailabilityGroup != read.Sequence {
		b.Errorf("its availabilityGroup is %s, and should be its sequence, %s: replicas share no worker, and have the segments that one allocates", h.Resource.AvailabilityGroup, read.Sequence)
	}
	if !supervisor.IsTaskID(h.ID, h.Type, b.DataSource) {
		b.Errorf("by its id %s it is not known for one that a supervisor has made: supervisor.SequenceName and NewTaskID make such", h.ID)
	}
}

func testSequences(b *bench) {
	create := b.create()
	first, again := b.read(b.Source, b.task(b.Source, create)), b.read(b.Source, b.task(b.Source, create))
	if first.Sequence == "" || first.Sequence != again.Sequence || first.ID == again.ID {
		b.Errorf("tasks that read the same are %s of %s, and %s of %s", first.ID, first.Sequence, again.ID, again.Sequence)
	}
	farther, limited, fewer := create, create, create
	farther.Start = b.offsets(b.Late)
	limited.Earliest, _ = limits()
	fewer.Start = plan.Offsets{b.Source.Name(b.Partitions[0]): b.Early}
	seen := map[string]bool{first.Sequence: true}
	for what, text := range map[string][]byte{
		"from other places": b.task(b.Source, farther), "with other records": b.task(b.Source, limited), "of fewer partitions": b.task(b.Source, fewer),
		"by another spec": b.task(b.Changed, create),
	} {
		if sequence := b.read(b.Source, text).Sequence; seen[sequence] {
			b.Errorf("%s: the sequence is %s, too", what, sequence)
		} else {
			seen[sequence] = true
		}
	}
}

func testJudged(b *bench) {
	text := b.task(b.Source, b.create())
	for what, c := range map[string]struct {
		by                 streaming.Source
		current, elsewhere bool
	}{"its own": {b.Source, true, false}, "a changed": {b.Changed, false, false}} {
		if t := b.read(c.by, text); t.Current != c.current || t.Elsewhere != c.elsewhere {
			b.Errorf("by %s spec it is current: %t, elsewhere: %t", what, t.Current, t.Elsewhere)
		}
	}
	if t := b.read(b.Elsewhere, text); !t.Elsewhere {
		b.Error("by a spec that reads another stream it does not read elsewhere")
	}
}

func testNoTask(b *bench) {
	for _, text := range []string{``, `null`, `5`, `{`, `{}`, `{"type":"noop","id":"a"}`} {
		if t, err := b.Source.Read([]byte(text)); err == nil {
			b.Errorf("%s is read as %+v", text, t)
		}
	}
}

func testMetadata(b *bench) {
	for _, places := range []plan.Offsets{b.offsets(b.Early), b.offsets(b.Late)} {
		m, err := b.Source.Metadata(places)
		if err != nil {
			b.Fatal(err)
		}
		stored, err := json.Marshal(m)
		if err != nil {
			b.Fatal(err)
		}
		if m, err = commit.Parse(stored); err != nil {
			b.Fatalf("what is stored, %s, cannot be read any more: %v", stored, err)
		}
		if got, ours, err := b.Source.Offsets(m); err != nil || !ours || !maps.Equal(got, places) {
			b.Errorf("%s is %v, %t, %v, want %v", stored, got, ours, err, places)
		}
		if got, ours, err := b.Elsewhere.Offsets(m); err != nil || ours {
			b.Errorf("%s is taken for places in another stream: %v, %v", stored, got, err)
		}
		quoted := strings.Contains(string(stored), `"`+string(places[b.Source.Name(b.Partitions[0])])+`"`)
		if want := b.Source.Settings().Quoted; quoted != want {
			b.Errorf("places are texts in JSON: %t by the settings; as it is stored: %s", want, stored)
		}
	}
	m, err := commit.Parse([]byte(`{"type":"object","object":5}`))
	if err != nil {
		b.Fatal(err)
	}
	if got, ours, err := b.Source.Offsets(m); err != nil || ours {
		b.Errorf("%s is %v, %t, %v", m, got, ours, err)
	}
}

func testStrange(b *bench) {
	order := b.Source.Settings().Rules.Order
	for _, strange := range b.Strange {
		places := b.offsets(strange)
		if m, err := b.Source.Metadata(places); err == nil {
			b.Errorf("%q is stored as a place: %s", strange, m)
		}
		create := b.create()
		create.Start = places
		if text, err := b.Source.Task(&create); err == nil {
			b.Errorf("%q is where a task begins: %s", strange, text)
		}
		if sign, err := order.Compare(strange, b.Late); err == nil {
			b.Errorf("%q is compared with a place: %d", strange, sign)
		}
	}
}
