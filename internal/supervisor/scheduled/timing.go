package scheduled

import (
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"ovate/druid"
	"ovate/internal/jsontext"
	"ovate/internal/schedule"
	"ovate/internal/supervisor"
)

// timing is when a supervisor has something run.
type timing struct {
	*schedule.Schedule
	zone *time.Location
}

// timingOf reads it in a spec. The error names the field.
func timingOf(payload []byte) (*timing, error) {
	var spec struct {
		Scheduler *struct {
			Type     string `json:"type"`
			Schedule string `json:"schedule"`
		} `json:"schedulerConfig"`
		Zone string `json:"timeZone"`
	}
	if err := jsontext.Unmarshal(payload, &spec); err != nil {
		return nil, err
	}
	const example = `such as {"type":"unix","schedule":"0 2 * * *"}`
	if spec.Scheduler == nil {
		return nil, supervisor.RefuseField("schedulerConfig", "is missing: it must tell when there is something to run, %s", example)
	}
	var read func(string) (*schedule.Schedule, error)
	switch spec.Scheduler.Type {
	case "unix":
		read = schedule.Unix
	case "quartz":
		read = schedule.Quartz
	default:
		return nil, supervisor.RefuseField("schedulerConfig.type", "is [%s], but must be [unix] or [quartz], %s", spec.Scheduler.Type, example)
	}
	t := &timing{zone: time.UTC}
	var err error
	if t.Schedule, err = read(spec.Scheduler.Schedule); err != nil {
		return nil, supervisor.RefuseField("schedulerConfig.schedule", "is [%s] of type [%s]: %v", spec.Scheduler.Schedule, spec.Scheduler.Type, err)
	}
	if slices.Contains([]string{"Local", "localtime", "posixrules"}, spec.Zone) { // those of this machine
		return nil, supervisor.RefuseField("timeZone", "is [%s], but must name a zone, such as Europe/Berlin: the next server may be elsewhere", spec.Zone)
	}
	if t.zone, err = time.LoadLocation(spec.Zone); err != nil {
		return nil, supervisor.RefuseField("timeZone", "is [%s], but must be a name of the IANA database, such as Europe/Berlin: %v", spec.Zone, err)
	}
	return t, nil
}

// longestID is how many characters the id of a supervisor may have: the ids of its tasks are longer, and databases have room for 255.
const longestID = 255 - len("query-_") - len(stamp) - len("_") - lengthOfOther

// check is what is wrong with the timing of a spec that is submitted. What Druid reads otherwise than one would think is refused, too: of what is stored
// it holds.
func check(s *supervisor.Spec) error {
	t, err := timingOf(s.Payload)
	if err != nil {
		return supervisor.Refuse("%w", err)
	}
	if odd := t.Odd(); odd != "" {
		return supervisor.RefuseField("schedulerConfig.schedule", "cannot be taken: %s. Write what is meant another way", odd)
	}
	if _, ever := t.next(druid.Now()); !ever {
		return supervisor.RefuseField("schedulerConfig.schedule", "is never due from now on")
	}
	if n := utf8.RuneCountInString(s.ID); n > longestID {
		return supervisor.RefuseField("id", "has %d characters, but at most %d are possible, as the ids of tasks are made of it and of the time", n, longestID)
	}
	return checkZone(s)
}

// checkZone refuses a zone in a place where nobody looks for it.
func checkZone(s *supervisor.Spec) error {
	var spec struct {
		Scheduler struct {
			Zone json.RawMessage `json:"timeZone"`
		} `json:"schedulerConfig"`
	}
	if err := jsontext.Unmarshal(s.Payload, &spec); err != nil {
		return supervisor.Refuse("%w", err)
	}
	if spec.Scheduler.Zone != nil {
		return supervisor.Refuse("Field [schedulerConfig.timeZone] is %s, but must be beside [schedulerConfig], as [timeZone]", spec.Scheduler.Zone)
	}
	return nil
}

// next is the first time after another when something is due; 0 and false if there is none.
func (t *timing) next(after druid.Instant) (druid.Instant, bool) {
	next, is := t.Next(time.UnixMilli(int64(after)).In(t.zone))
	if !is {
		return 0, false
	}
	return druid.Instant(next.UnixMilli()), true
}
