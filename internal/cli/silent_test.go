package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ovate/client"
)

// TestSilentServer: a command for a server that takes connections and says nothing gives up, and says so; one that waits on purpose says that it
// waits.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else nobody would notice that the client goes
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	there := remote{URL: strings.Replace(server.URL, "http://", "http://joe:secret@", 1), patience: 20 * time.Millisecond}
	for name, command := range map[string]interface {
		Run(context.Context, *Streams) error
	}{
		"tasks": &tasks{remote: there}, "status": &status{remote: there, ID: "x"}, "logs": &logs{remote: there, ID: "x"}, "report": &report{remote: there, ID: "x"},
		"kill": &kill{remote: there, IDs: []string{"x"}}, "datasources": &datasources{remote: there}, "submit": &submit{remote: there, Spec: "-"},
	} {
		err := command.Run(t.Context(), &Streams{In: strings.NewReader("{}"), Out: new(bytes.Buffer), Err: new(bytes.Buffer)})
		var text bytes.Buffer
		if err != nil {
			explain(&text, err)
		}
		silent := new(client.SilentError)
		if !errors.As(err, &silent) || exitCode(err) != exitUnreachable {
			t.Errorf("%s: %v", name, err)
		}
		for _, part := range []string{strings.Replace(server.URL, "http://", "http://***@", 1), "has sent nothing for 20ms", "overloaded"} {
			if !strings.Contains(text.String(), part) {
				t.Errorf("%s: %q is not in %s", name, part, text.String())
			}
		}
	}
	for name, command := range map[string]interface {
		Run(context.Context, *Streams) error
	}{"tasks --watch": &tasks{remote: there, Watch: true}, "wait": &wait{remote: there, IDs: []string{"x"}}, "logs -f": &logs{remote: there, ID: "x", Follow: true}} {
		ctx, cancel := context.WithCancel(t.Context())
		notes := &untilThird{then: cancel}
		err := command.Run(ctx, &Streams{Out: new(bytes.Buffer), Err: notes})
		if err != nil && !errors.Is(err, context.Canceled) || !strings.Contains(notes.text.String(), "still waiting") || strings.Contains(notes.text.String(), "secret") {
			t.Errorf("%s: %v, %s", name, err, &notes.text)
		}
		cancel()
	}
}

// untilThird keeps what is written, and does something at the third time.
type untilThird struct {
	text bytes.Buffer
	n    int
	then func()
}

func (u *untilThird) Write(p []byte) (int, error) {
	if u.n++; u.n == 3 {
		u.then()
	}
	return u.text.Write(p)
}
