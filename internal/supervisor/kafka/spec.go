// Package kafka knows the specs of supervisors that read topics of Kafka, as Druid 33 does, and makes and reads the JSON of their tasks. What such have in common,
// whatever stream they read, packages assignment, form and routine know. It asks nobody and decides nothing.
package kafka

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ovate/internal/stream"
	client "ovate/internal/stream/kafka"
	"ovate/internal/supervisor/assignment"
	"ovate/internal/supervisor/document"
	"ovate/internal/supervisor/form"
	"ovate/internal/supervisor/plan"
	"ovate/internal/supervisor/routine"
)

// Spec is what the spec of a supervisor says, with Druid's defaults.
type Spec struct {
	assignment.Assignment
	// Stream is the topic or, if it reads all that match, the pattern of topics, as tasks and what is published have it.
	Stream    string
	Multi     bool
	Suspended bool

	routine.Routine

	consumerProperties, configOverrides json.RawMessage
	pollTimeout                         int64
	topics                              client.Topics
	propertiesAt                        string // where consumerProperties stand
	misspelt                            error
	unknown                             error // why nobody here knows which topics the pattern means
}

// repartitionDelay is how long tasks go on reading once there are partitions that nobody reads. Druid has another one in specs of Kinesis alone.
const repartitionDelay = 2 * time.Minute

// Parse reads the JSON of a spec, which has its parts in "spec" or, as older ones, side by side. The error is a *document.Error if Druid would refuse it or its tasks,
// or if it could not work. Whether brokers can be reached, and topics be found, by it is looked at by Open and Check alone.
func Parse(payload []byte) (*Spec, error) {
	root, err := document.Parse(bytes.Clone(payload), "the spec of a supervisor")
	if err != nil {
		return nil, err
	}
	root.Field("type").MustBe("kafka")
	parts := root.Parts()
	if root.Field("spec").Is('{') {
		checkUnused(root)
	}
	s := new(Spec)
	s.ReadSchema(parts)
	s.io(parts.Field("ioConfig"))
	s.tune(parts.Field("tuningConfig"))
	s.named(root.Field("id"))
	s.Suspended, _ = root.Field("suspended").Truth()
	s.ReadContext(root.Field("context"))
	s.misspelt = form.Misspelt(root, parts, ioNames())
	if err := root.Failure(); err != nil {
		return nil, err
	}
	return s, nil
}

// checkUnused refuses parts beside "spec" that Druid would: it reads those, too, though nothing goes by them.
func checkUnused(root document.Value) {
	other := new(Spec)
	if v := root.Field("dataSchema"); !v.Missing() {
		form.Schema(v)
	}
	if v := root.Field("ioConfig"); !v.Missing() {
		other.io(v)
		if format := v.Field("inputFormat"); !format.Missing() {
			form.CheckFormat(format)
		}
	}
	other.tune(root.Field("tuningConfig"))
}

// tune reads a tuningConfig, which may be missing.
func (s *Spec) tune(v document.Value) {
	s.ReadTuning(v, "kafka")
	s.Routine.Tuning(v)
}

// named checks the id of a spec, if it has one: a supervisor has the name of its data source.
func (s *Spec) named(id document.Value) {
	if name, there := id.Text(); there && name != s.DataSource {
		id.Refuse("is %s, but must be %q or missing: a supervisor of Kafka has the name of its data source", id.Shown(), s.DataSource)
	}
}

// Check refuses what is wrong with a spec that is submitted, whose sender is there to mend it: a pattern and properties of the consumer that cannot be used, and
// names that are so like known ones that these are probably meant.
func (s *Spec) Check(policy client.Policy) error {
	_, err := s.config(policy)
	return errors.Join(s.misspelt, s.unknown, s.CheckContext(), err)
}

// config is how brokers are reached.
func (s *Spec) config(policy client.Policy) (client.Config, error) {
	config, err := client.ParseConfig(s.consumerProperties, policy)
	if err != nil {
		return client.Config{}, fmt.Errorf("Field [%s] cannot be used: %w", s.propertiesAt, err)
	}
	return config, nil
}

// Open makes the stream by clients that others may use as well. It connects to nobody before it is asked something.
func (s *Spec) Open(clients *client.Clients, policy client.Policy) (stream.Stream, error) {
	config, err := s.config(policy)
	if err = cmp.Or(s.unknown, err); err != nil {
		return nil, err
	}
	opened, err := clients.Open(config, s.topics)
	if err != nil {
		return nil, err // and no stream that is nil, but has a type
	}
	return opened, nil
}

// Rules are what decisions go by.
func (s *Spec) Rules() plan.Rules {
	r := s.Routine.Rules()
	r.Suspended, r.RepartitionDelay, r.GroupsOf, r.Order = s.Suspended, repartitionDelay, groupsOf, client.Order{}
	return r
}
