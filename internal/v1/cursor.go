package v1

import (
	"encoding/base64"
	"strings"
)

// cursor is the place behind which the next page begins, as clients hand it back; empty if there is none.
func cursor(after string) string { return base64.RawURLEncoding.EncodeToString([]byte(after)) }

// sealedMark is before a place that is sealed, where no id begins with it.
const sealedMark = "\x00"

// sealedCursor is a cursor that does not tell the place, which is that of something that who asks may not see. It is good while this process lasts.
func (c *call) sealedCursor(after string) string {
	return cursor(sealedMark + string(c.places.Seal(nil, nil, []byte(after), nil)))
}

// behind is the place of a cursor, sealed or not.
func (c *call) behind(cursor string) (after string, err error) {
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return "", err
	}
	sealed, is := strings.CutPrefix(string(text), sealedMark)
	if !is {
		return string(text), nil
	}
	text, err = c.places.Open(nil, nil, []byte(sealed), nil)
	return string(text), err
}
