package metadata

import (
	"errors"

	"ovate/internal/jsontext"
)

// CheckAudit tells why the payload of an audit entry cannot be read; nil if it can.
func CheckAudit(payload []byte) error {
	if at := jsontext.Blanks(payload, 0); !jsontext.Sendable(payload) || payload[at] != '{' {
		return errors.New("it is no JSON object")
	}
	return nil
}
