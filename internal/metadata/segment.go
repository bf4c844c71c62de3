package metadata

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"ovate/druid"
)

// DecodeSegment reads the payload of a segment into s. The form that druid.DataSegment and Java write takes a fraction of
// the time that general JSON does; any other form of the same content is read as well.
func DecodeSegment(payload []byte, texts Texts, s *druid.DataSegment) error {
	c := cursor{rest: payload, texts: texts}
	if c.segment(s); !c.bad && len(c.rest) == 0 {
		return nil
	}
	err := s.UnmarshalJSON(payload)
	if err == nil && !utf8.Valid(payload) { // and parts of it are handed on as they are
		err = errNotUTF8
	}
	if err != nil {
		return fmt.Errorf("payload %.200q: %w", payload, err)
	}
	return nil
}

var errNotUTF8 = errors.New("it is not UTF-8")

func (c *cursor) segment(s *druid.DataSegment) {
	*s = druid.DataSegment{}
	c.skip(`{"dataSource":`)
	s.DataSource = c.texts.Of(c.text())
	c.skip(`,"interval":`)
	s.Interval = c.interval()
	c.skip(`,"version":`)
	s.Version = c.texts.Of(c.text())
	c.bad = c.bad || s.DataSource == "" || s.Version == ""
	c.skip(`,"loadSpec":`)
	s.LoadSpec = c.value()
	c.skip(`,"dimensions":`)
	s.Dimensions = c.names()
	c.skip(`,"metrics":`)
	s.Metrics = c.names()
	c.skip(`,"shardSpec":`)
	s.ShardSpec = c.shardSpec()
	if c.next(`,"lastCompactionState":`) {
		s.LastCompactionState = c.value()
	}
	c.skip(`,"binaryVersion":`)
	if !c.next(`null`) {
		s.BinaryVersion = int(c.number())
	}
	c.skip(`,"size":`)
	s.Size = c.number()
	c.skip(`,"identifier":`)
	c.text()
	c.skip(`}`)
	c.bad = c.bad || s.Size < 0 || bytes.Equal(s.LastCompactionState, []byte(`null`))
}

func (c *cursor) interval() druid.Interval {
	i, err := druid.ParseInterval(c.texts.Of(c.text()))
	c.bad = c.bad || err != nil
	return i
}

// names reads a list of names that are joined by commas.
func (c *cursor) names() (names []string) {
	for name := range strings.SplitSeq(c.texts.Of(c.text()), ",") {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

func (c *cursor) shardSpec() (s druid.ShardSpec) {
	if !c.next(`{"type":"numbered","partitionNum":`) {
		err := s.UnmarshalJSON(c.value())
		c.bad = c.bad || err != nil
		return s
	}
	partition := c.number()
	c.skip(`,"partitions":`)
	core := c.number()
	c.skip(`}`)
	c.bad = c.bad || partition < 0 || partition > math.MaxInt32
	return druid.Numbered(int(partition), int(core))
}
