package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"ovate/client"
	"ovate/internal/datadir"
	"ovate/internal/uri"
)

// usualURL is where a server listens unless it is told otherwise.
const usualURL = "http://127.0.0.1:8090"

// remote is the flags of all commands that talk to a running server.
type remote struct {
	URL  string `env:"OVATE_URL" placeholder:"URL" help:"The server. Default: OVATE_URL, else the one that runs on --data, else http://127.0.0.1:8090."`
	Data string `env:"ovate_data" type:"path" default:"var" placeholder:"DIR" help:"Without --url: the data folder whose server is meant. Default: ./var."`

	trust

	patience time.Duration // how long the server may say nothing; 0 is answerPatience
	guessed  bool          // nobody named the server, so that it gets no credentials
}

// answerPatience is how long a server may say nothing that somebody has asked something. Servers that are busy say so within 20 s.
const answerPatience = 30 * time.Second

// client is of the server that is named, else of the one that runs on the data folder, else of the one at usualURL.
func (r *remote) client(ctx context.Context) (*client.Client, error) { return r.find(ctx, usualURL) }

// find is client with another place to look at in the end. What is there is asked first what it is, as nobody named it.
func (r *remote) find(ctx context.Context, usual string) (*client.Client, error) {
	url := r.URL
	if url == "" {
		running, err := datadir.Find(r.Data)
		if err != nil {
			return nil, &inputError{err}
		}
		url = running
	}
	if url != "" {
		return r.trust.client(url, r.giveUp())
	}
	r.guessed = true
	c, err := r.trust.stranger(usual, r.giveUp())
	if err != nil {
		return nil, err
	}
	program, err := askProgram(ctx, c)
	if unreachable := new(client.UnreachableError); errors.As(err, &unreachable) {
		return nil, &noServerError{r.Data, unreachable}
	}
	if err != nil {
		return nil, err
	}
	if !program.Own {
		return nil, &otherProgramError{c.URL(), program, fmt.Sprintf("no server runs on data folder %s, and ", r.Data)}
	}
	return c, nil
}

// giveUp has a client give up a server that says nothing.
func (r *remote) giveUp() client.Option {
	return client.WithPatience(cmp.Or(r.patience, answerPatience), nil)
}

// waiting is a client of the same server for whoever waits on purpose.
func (r *remote) waiting(c *client.Client, notes io.Writer) (*client.Client, error) {
	if r.guessed {
		return r.trust.stranger(c.URL(), waitsFor(cmp.Or(r.patience, answerPatience), notes))
	}
	return r.trust.client(c.URL(), waitsFor(cmp.Or(r.patience, answerPatience), notes))
}

// waitsFor has a client tell that a server says nothing, and wait for it.
func waitsFor(patience time.Duration, notes io.Writer) client.Option {
	return client.WithPatience(patience, func(silent *client.SilentError) {
		fmt.Fprintf(notes, "ovate: no answer from %s: %v; still waiting, Ctrl-C ends that\n", uri.Redact(silent.URL), silent)
	})
}

// askProgram asks what answers there; a program that takes connections and says nothing is none that helps.
func askProgram(ctx context.Context, c *client.Client) (client.Program, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 5*time.Second, &client.UnreachableError{URL: c.URL(), Err: errors.New("it says nothing for 5s")})
	defer cancel()
	return c.Program(ctx)
}

// noServerError is a command that was not told which server is meant, and finds none.
type noServerError struct {
	data string
	err  *client.UnreachableError
}

func (e *noServerError) Error() string {
	return fmt.Sprintf("no server runs on data folder %s, and there is %v", e.data, e.err)
}
func (e *noServerError) Unwrap() error { return e.err }

// otherProgramError is a server that is not ovate.
type otherProgramError struct {
	url     string
	program client.Program
	before  string // what was tried before
}

func (e *otherProgramError) Error() string {
	switch {
	case e.program.Closed:
		return e.before + "what answers at " + uri.Redact(e.url) + " does not tell everybody what it is"
	case e.program.Version == "":
		return e.before + "what answers at " + uri.Redact(e.url) + " is another program, not Druid"
	}
	return fmt.Sprintf("%swhat answers at %s is Druid in Java (version %s), not ovate", e.before, uri.Redact(e.url), e.program.Version)
}

// whoseAnswer finds out whether an answer that makes no sense came from another program.
func whoseAnswer(ctx context.Context, err error) error {
	var (
		refused *client.Error
		strange *client.StrangeAnswerError
		url     string
		silent  bool // not even Druid in Java would say so little
	)
	switch {
	case errors.As(err, &refused) && (refused.Status == http.StatusNotFound || refused.Status == http.StatusMethodNotAllowed || refused.Status == http.StatusNotImplemented):
		url, silent = refused.URL, refused.Message == ""
	case errors.As(err, &strange):
		url, silent = strange.URL, true
	default:
		return err
	}
	c, notURL := client.New(url)
	if notURL != nil {
		return err
	}
	program, unknown := askProgram(ctx, c)
	if unknown != nil || program.Own || !silent && (program.Version != "" || program.Closed) {
		return err
	}
	return &strangerError{&otherProgramError{url: url, program: program}, err}
}

// strangerError is an answer of a server that is not ovate.
type strangerError struct {
	who *otherProgramError
	err error
}

func (e *strangerError) Error() string   { return fmt.Sprintf("%v: %v", e.who, e.err) }
func (e *strangerError) Unwrap() []error { return []error{e.who, e.err} }
