package kafka

import (
	"math"
	"time"

	client "ovate/internal/stream/kafka"
)

// Idle is when a supervisor makes no tasks, as nothing comes.
type Idle struct {
	Enabled bool
	After   time.Duration
}

// io reads an ioConfig.
func (s *Spec) io(v value) {
	if v.missing() {
		v.refuse("is missing: it must be an object with topic, consumerProperties and inputFormat")
		return
	}
	if !v.object() {
		return
	}
	s.topic(v)
	s.properties(v.field("consumerProperties"))
	s.counts(v)
	s.times(v)
	s.rejection(v)
	s.UseEarliest, _ = v.field("useEarliestOffset").truth()
	s.pollTimeout = v.number("pollTimeout", math.MinInt64, math.MaxInt64, 100)
	if overrides := v.field("configOverrides"); !overrides.missing() {
		overrides.typed()
		s.configOverrides = overrides.raw
	}
	v.field("emitTimeLagMetrics").truth()
	if idle := v.field("idleConfig"); idle.object() {
		s.Idle = &Idle{After: idle.millis("inactiveAfterMillis", 10*time.Minute)}
		s.Idle.Enabled, _ = idle.field("enabled").truth()
	}
}

// topic reads which topics are read.
func (s *Spec) topic(v value) {
	topic, pattern := v.field("topic"), v.field("topicPattern")
	var err error
	switch {
	case topic.missing() && pattern.missing():
		topic.refuse("is missing: it must name the topic that the supervisor reads, or topicPattern those that it reads")
	case !topic.missing() && !pattern.missing():
		pattern.refuse("must be missing if there is topic, which names the one that is read: leave one of them out")
	case !pattern.missing():
		s.Stream, s.Multi = pattern.nonEmpty("must be a regular expression"), true
		if s.topics, err = client.Pattern(s.Stream); err == nil {
			s.match, err = matcher(s.Stream)
		}
		if err != nil {
			pattern.refuse("cannot be used: %v", err)
		}
	default:
		s.Stream = topic.nonEmpty("must be the name of a topic")
		if s.topics, err = client.Topic(s.Stream); err != nil {
			topic.refuse("cannot be used: %v", err)
		}
	}
}

// nonEmpty reads a text that must be there, and not be empty.
func (v value) nonEmpty(right string) string {
	text, _ := v.text()
	if text == "" {
		v.refuse("%s, but is %s", right, v.shown())
	}
	return text
}

// properties reads how brokers are reached, of which no more is known here than that it is an object. Nothing of it is shown.
func (s *Spec) properties(v value) {
	s.consumerProperties, s.propertiesAt = v.raw, v.path
	switch {
	case v.missing():
		v.refuse("is missing: it must be an object with bootstrap.servers, the brokers of Kafka")
	case !v.is('{'):
		v.refuse("must be an object with bootstrap.servers, the brokers of Kafka")
	default:
		if v.field("bootstrap.servers").missing() {
			v.refuse("has no bootstrap.servers: they must name brokers as HOST:PORT, several with commas between")
		}
	}
}

// counts reads how many tasks there are.
func (s *Spec) counts(v value) {
	s.Replicas = int(v.number("replicas", 1, math.MaxInt32, 1))
	s.Scaler = scaler(v.field("autoScalerConfig"))
	if s.Scaler != nil && s.Scaler.Enabled {
		s.TaskCount = s.Scaler.TaskCountMin // whatever taskCount says
		v.field("taskCount").whole(math.MinInt32, math.MaxInt32)
	} else {
		s.TaskCount = int(v.number("taskCount", 1, math.MaxInt32, 1))
	}
	s.StopTaskCount = int(v.number("stopTaskCount", 1, math.MaxInt32, 0))
}

// times reads how long everything takes.
func (s *Spec) times(v value) {
	reading := v.field("taskDuration")
	s.TaskDuration = reading.duration(math.MinInt64, time.Hour)
	if s.TaskDuration < time.Minute { // they look every so many whole minutes at which records are too late, and Java does nothing every 0 minutes
		reading.refuse("must be at least PT1M, but is %s: each of Druid's tasks fails that is to read for less than a minute", reading.shown())
	}
	s.StartDelay = v.field("startDelay").duration(0, 5*time.Second)
	s.Period = v.field("period").duration(time.Millisecond, 30*time.Second)
	s.CompletionTimeout = v.field("completionTimeout").duration(time.Millisecond, 30*time.Minute)
}

// rejection reads which records are too early or too late.
func (s *Spec) rejection(v value) {
	late, start, early := v.field("lateMessageRejectionPeriod"), v.field("lateMessageRejectionStartDateTime"), v.field("earlyMessageRejectionPeriod")
	s.Late, s.Early = late.optional(), early.optional()
	if t, there := start.instant(); there {
		s.LateStart = new(t)
	}
	if s.Late != nil && s.LateStart != nil {
		start.refuse("must be missing if there is lateMessageRejectionPeriod, which says the same in another way: leave one of them out")
	}
}

// optional reads a period that may be missing, and below 0.
func (v value) optional() *time.Duration {
	if _, there := v.period(); !there {
		return nil
	}
	return new(v.duration(math.MinInt64, 0))
}

// mustBe refuses what is not this text.
func (v value) mustBe(text string) {
	if given, _ := v.text(); given != text {
		v.refuse("must be %s, but is %s", text, v.shown())
	}
}

// typed refuses what is no object with a type.
func (v value) typed() (typ string) {
	if !v.is('{') {
		v.refuse(`must be an object with a type, but is %s`, v.shown())
		return ""
	}
	if typ, _ = v.field("type").text(); typ == "" {
		v.field("type").refuse("is missing: it must be a text")
	}
	return typ
}
