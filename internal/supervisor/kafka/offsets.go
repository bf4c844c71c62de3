package kafka

import (
	"strconv"

	"ovate/internal/commit"
	"ovate/internal/stream"
	"ovate/internal/supervisor/assignment"
	"ovate/internal/supervisor/document"
	"ovate/internal/supervisor/plan"
)

// endless is where tasks end that nobody has told yet where to end.
const endless = "9223372036854775807"

// Offsets are those that commit metadata has for what is read now; false if all of it is of another stream. What was read of a topic alone goes on where
// several are read, and the other way round. The error is a *document.Error.
func (s *Spec) Offsets(m *commit.Metadata) (offsets plan.Offsets, ours bool, err error) {
	offsets = plan.Offsets{}
	if m.Kind() != "kafka" {
		return offsets, false, nil
	}
	for name, offset := range m.Offsets() {
		topic, number, err := split(name)
		if err != nil {
			return nil, false, err
		}
		if topic == "" {
			topic = m.Stream()
		}
		if s.topics.Match(topic) {
			offsets[s.Name(stream.Partition{Stream: topic, ID: strconv.Itoa(int(number))})] = stream.Sequence(offset)
		}
	}
	return offsets, len(offsets) > 0 || m.Stream() == s.Stream, nil
}

// Metadata is the commit metadata that has these offsets. The error is a *document.Error.
func (s *Spec) Metadata(offsets plan.Offsets) (*commit.Metadata, error) {
	text, err := s.appendPlaces([]byte(`{"type":"kafka","partitions":`), "end", offsets)
	if err != nil {
		return nil, err
	}
	m, err := commit.Parse(append(text, '}'))
	if err != nil {
		return nil, &document.Error{Problem: err.Error()}
	}
	return m, nil
}

// appendPlaces appends where reading of the stream begins or ends.
func (s *Spec) appendPlaces(dst []byte, typ string, offsets plan.Offsets) ([]byte, error) {
	return assignment.AppendPlaces(dst, typ, s.Stream, offsets, notation{})
}
