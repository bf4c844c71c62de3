package metadata

import (
	"bytes"
	"encoding/json"
	"fmt"

	"ovate/druid"
)

// Texts keeps one copy of each text that many rows share (data sources, types, hosts), so that reading a long list
// does not make them again for each row. It is not for concurrent use.
type Texts map[string]string

// maxTexts bounds what Texts remembers; beyond it the texts are evidently not the shared ones.
const maxTexts = 4096

// Of returns b as a string.
func (t Texts) Of(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if s, ok := t[string(b)]; ok {
		return s
	}
	if len(t) >= maxTexts {
		clear(t)
	}
	s := string(b)
	t[s] = s
	return s
}

// DecodeStatus reads a status_payload into s. The form that druid.TaskStatus and Java write takes a tenth of the time
// that general JSON does; any other form of the same content is read as well.
func DecodeStatus(payload []byte, texts Texts, s *druid.TaskStatus) error {
	c := statusCursor{rest: payload, texts: texts}
	c.status(s)
	if !c.bad && len(c.rest) == 0 {
		return nil
	}
	if err := json.Unmarshal(payload, s); err != nil {
		return fmt.Errorf("status_payload %.200q: %w", payload, err)
	}
	return nil
}

// statusCursor walks a status_payload without blanks and with its keys in Druid's order. bad is set where the
// payload is not of that form.
type statusCursor struct {
	rest  []byte
	texts Texts
	bad   bool
}

func (c *statusCursor) status(s *druid.TaskStatus) {
	c.skip(`{"id":`)
	if id := c.text(); len(id) == 0 {
		c.bad = true
	} else if string(id) != s.ID {
		s.ID = string(id)
	}
	c.skip(`,"status":`)
	switch string(c.text()) {
	case string(druid.Success):
		s.State = druid.Success
	case string(druid.Failed):
		s.State = druid.Failed
	case string(druid.Running):
		s.State = druid.Running
	default:
		c.bad = true
	}
	c.skip(`,"duration":`)
	s.Duration = c.number()
	c.skip(`,"errorMsg":`)
	s.ErrorMsg = c.texts.Of(c.textOrNull())
	c.skip(`,"location":{"host":`)
	s.Location.Host = c.texts.Of(c.textOrNull())
	c.skip(`,"port":`)
	s.Location.Port = int(c.number())
	c.skip(`,"tlsPort":`)
	s.Location.TLSPort = int(c.number())
	s.Location.K8sPodName = ""
	if bytes.HasPrefix(c.rest, []byte(`,`)) {
		c.skip(`,"k8sPodName":`)
		s.Location.K8sPodName = string(c.text())
	}
	c.skip(`}}`)
}

func (c *statusCursor) skip(text string) {
	if c.bad || len(c.rest) < len(text) || string(c.rest[:len(text)]) != text {
		c.bad = true
		return
	}
	c.rest = c.rest[len(text):]
}

// text reads a quoted text of plain ASCII. Any other, and a very long one, is left to the general decoder.
func (c *statusCursor) text() []byte {
	c.skip(`"`)
	for i, b := range c.rest[:min(len(c.rest), 1000)] {
		if b == '"' {
			text := c.rest[:i]
			c.rest = c.rest[i+1:]
			return text
		}
		if b < ' ' || b > '~' || b == '\\' {
			break
		}
	}
	c.bad = true
	return nil
}

func (c *statusCursor) textOrNull() []byte {
	if bytes.HasPrefix(c.rest, []byte("null")) {
		c.rest = c.rest[4:]
		return nil
	}
	return c.text()
}

// number reads an integer of at most 18 digits, which cannot overflow.
func (c *statusCursor) number() int64 {
	digits := c.rest
	negative := len(digits) > 0 && digits[0] == '-'
	if negative {
		digits = digits[1:]
	}
	var n int64
	i := 0
	for ; i < len(digits) && digits[i] >= '0' && digits[i] <= '9'; i++ {
		n = n*10 + int64(digits[i]-'0')
	}
	if c.bad || i == 0 || i > 18 || (digits[0] == '0' && i > 1) {
		c.bad = true
		return 0
	}
	c.rest = digits[i:]
	if negative {
		return -n
	}
	return n
}
