package kafka

import (
	"math"

	client "ovate/internal/stream/kafka"
	"ovate/internal/supervisor/document"
	"ovate/internal/supervisor/routine"
)

// ioNames are the members that an ioConfig of Kafka may have, by the part of it.
func ioNames() map[string][]string {
	names := routine.Names("topic", "topicPattern", "consumerProperties", "pollTimeout", "useEarliestOffset", "configOverrides", "emitTimeLagMetrics")
	names["consumerProperties"] = client.Properties()
	return names
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
	s.Routine.IO(v)
	s.UseEarliest, _ = v.Field("useEarliestOffset").Truth()
	s.pollTimeout = v.Number("pollTimeout", math.MinInt64, math.MaxInt64, 100)
	if overrides := v.Field("configOverrides"); !overrides.Missing() {
		overrides.Typed()
		s.configOverrides = overrides.Raw()
	}
	v.Field("emitTimeLagMetrics").Truth()
	s.Idle = routine.IdleOf(v.Field("idleConfig"))
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
		if s.topics, err = client.Pattern(s.Stream); err != nil {
			// Java may know it. Then there are tasks of the spec, which are to be led to their ends, and what they have published counts, of whatever topic.
			s.unknown = &document.Error{Field: pattern.Path(), Problem: "cannot be used: " + err.Error()}
			s.topics = client.AllTopics()
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
