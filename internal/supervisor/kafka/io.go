package kafka

import (
	"math"
	"time"

	client "ovate/internal/stream/kafka"
	"ovate/internal/supervisor/document"
)

// Idle is when a supervisor makes no tasks, as nothing comes.
type Idle struct {
	Enabled bool
	After   time.Duration
}

// io reads an ioConfig.
func (s *Spec) io(v document.Value) {
	if v.Missing() {
		v.Refuse("is missing: it must be an object with topic, consumerProperties and inputFormat")
		return
	}
	if !v.Object() {
		return
	}
	s.topic(v)
	s.properties(v.Field("consumerProperties"))
	s.counts(v)
	s.times(v)
	s.rejection(v)
	s.UseEarliest, _ = v.Field("useEarliestOffset").Truth()
	s.pollTimeout = v.Number("pollTimeout", math.MinInt64, math.MaxInt64, 100)
	if overrides := v.Field("configOverrides"); !overrides.Missing() {
		overrides.Typed()
		s.configOverrides = overrides.Raw()
	}
	v.Field("emitTimeLagMetrics").Truth()
	if idle := v.Field("idleConfig"); idle.Object() {
		s.Idle = &Idle{After: idle.Millis("inactiveAfterMillis", 10*time.Minute)}
		s.Idle.Enabled, _ = idle.Field("enabled").Truth()
	}
}

// topic reads which topics are read.
func (s *Spec) topic(v document.Value) {
	topic, pattern := v.Field("topic"), v.Field("topicPattern")
	var err error
	switch {
	case topic.Missing() && pattern.Missing():
		topic.Refuse("is missing: it must name the topic that the supervisor reads, or topicPattern those that it reads")
	case !topic.Missing() && !pattern.Missing():
		pattern.Refuse("must be missing if there is topic, which names the one that is read: leave one of them out")
	case !pattern.Missing():
		s.Stream, s.Multi = pattern.NonEmpty("must be a regular expression"), true
		if s.topics, err = client.Pattern(s.Stream); err == nil {
			s.match, err = matcher(s.Stream)
		}
		if err != nil {
			pattern.Refuse("cannot be used: %v", err)
		}
	default:
		s.Stream = topic.NonEmpty("must be the name of a topic")
		if s.topics, err = client.Topic(s.Stream); err != nil {
			topic.Refuse("cannot be used: %v", err)
		}
	}
}

// properties reads how brokers are reached, of which no more is known here than that it is an object. Nothing of it is shown.
func (s *Spec) properties(v document.Value) {
	s.consumerProperties, s.propertiesAt = v.Raw(), v.Path()
	switch {
	case v.Missing():
		v.Refuse("is missing: it must be an object with bootstrap.servers, the brokers of Kafka")
	case !v.Is('{'):
		v.Refuse("must be an object with bootstrap.servers, the brokers of Kafka")
	default:
		if v.Field("bootstrap.servers").Missing() {
			v.Refuse("has no bootstrap.servers: they must name brokers as HOST:PORT, several with commas between")
		}
	}
}

// counts reads how many tasks there are.
func (s *Spec) counts(v document.Value) {
	s.Replicas = int(v.Number("replicas", 1, math.MaxInt32, 1))
	s.Scaler = scaler(v.Field("autoScalerConfig"))
	if s.Scaler != nil && s.Scaler.Enabled {
		s.TaskCount = s.Scaler.TaskCountMin // whatever taskCount says
		v.Field("taskCount").Whole(math.MinInt32, math.MaxInt32)
	} else {
		s.TaskCount = int(v.Number("taskCount", 1, math.MaxInt32, 1))
	}
	s.StopTaskCount = int(v.Number("stopTaskCount", 1, math.MaxInt32, 0))
}

// times reads how long everything takes.
func (s *Spec) times(v document.Value) {
	reading := v.Field("taskDuration")
	s.TaskDuration = reading.Duration(math.MinInt64, time.Hour)
	if s.TaskDuration < time.Minute { // they look every so many whole minutes at which records are too late, and Java does nothing every 0 minutes
		reading.Refuse("must be at least PT1M, but is %s: each of Druid's tasks fails that is to read for less than a minute", reading.Shown())
	}
	s.StartDelay = v.Field("startDelay").Duration(0, 5*time.Second)
	s.Period = v.Field("period").Duration(time.Millisecond, 30*time.Second)
	s.CompletionTimeout = v.Field("completionTimeout").Duration(time.Millisecond, 30*time.Minute)
}

// rejection reads which records are too early or too late.
func (s *Spec) rejection(v document.Value) {
	late, start, early := v.Field("lateMessageRejectionPeriod"), v.Field("lateMessageRejectionStartDateTime"), v.Field("earlyMessageRejectionPeriod")
	s.Late, s.Early = late.Optional(), early.Optional()
	if t, there := start.Instant(); there {
		s.LateStart = new(t)
	}
	if s.Late != nil && s.LateStart != nil {
		start.Refuse("must be missing if there is lateMessageRejectionPeriod, which says the same in another way: leave one of them out")
	}
}
