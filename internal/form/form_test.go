package form

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"ovate/internal/room"
)

func TestRead(t *testing.T) {
	t.Parallel()
	const urlencoded = "application/x-www-form-urlencoded; charset=utf-8"
	for _, c := range []struct {
		name, media, body string
		field             string
		tooLarge          bool
	}{
		{name: "a form", media: urlencoded, body: "a=b%20c&a=d", field: "b c"},
		{name: "none", media: "text/plain", body: "a=b"},
		{name: "one of a large spec", media: urlencoded, body: "a=" + strings.Repeat("x", Most-2), field: strings.Repeat("x", Most-2)},
		{name: "too many bytes", media: urlencoded, body: "a=" + strings.Repeat("x", Most-1), tooLarge: true},
		{name: "too many fields", media: urlencoded, body: strings.Repeat("id=1&", mostFields), tooLarge: true},
	} {
		r := httptest.NewRequest("POST", "/", strings.NewReader(c.body))
		r.ContentLength = -1
		r.Header.Set("Content-Type", c.media)
		err := Read(r)
		if got := errors.As(err, new(*TooLargeError)); got != c.tooLarge || err != nil && !got {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := r.PostForm.Get("a"); err == nil && got != c.field {
			t.Errorf("%s: a field of %d bytes", c.name, len(got))
		}
	}
	all := room.New(1 << 20)
	all.Hold("").Try(all.Size())
	r := httptest.NewRequest("POST", "/", strings.NewReader("a="+strings.Repeat("x", 1<<20)))
	r.Header.Set("Content-Type", urlencoded)
	if err := Read(r.WithContext(room.With(r.Context(), all.Share("")))); !errors.Is(err, room.ErrBusy) {
		t.Errorf("while others have the room: %v", err)
	}
}
