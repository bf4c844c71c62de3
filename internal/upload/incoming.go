package upload

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"
)

// Incoming is a file that a request brings, and what comes before it in a form.
type Incoming struct {
	Name    string // as the sender calls it; empty if it is not told
	Fields  map[string]string
	Content io.Reader
}

// ErrNoFile is that a form brings no file, or its file field was left empty.
var ErrNoFile = errors.New("the form has no file")

// ErrForm is that a form cannot be read.
var ErrForm = errors.New("the form cannot be read")

const (
	pause       = time.Minute // that a sender may make
	mostFields  = 20
	mostInField = 4 << 10
	mostAround  = 1 << 20 // bytes of a form around its file
)

// Receive finds the file of a request: its body, or the first file of a multipart form. Content is to be read before the request ends. Whoever sends nothing for a
// minute is given up, and whoever announces more than there may be is refused at once.
func (s *Store) Receive(w http.ResponseWriter, r *http.Request) (*Incoming, error) {
	if r.ContentLength > s.MaxSize+mostAround {
		return nil, ErrTooLarge
	}
	body := &patient{r.Body, http.NewResponseController(w)}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" {
		return &Incoming{Content: body}, nil
	}
	if params["boundary"] == "" {
		return nil, fmt.Errorf("%w: its Content-Type names no boundary", ErrForm)
	}
	in := &Incoming{Fields: map[string]string{}}
	form := multipart.NewReader(body, params["boundary"])
	for range mostFields {
		part, err := form.NextPart()
		if err == io.EOF {
			return nil, ErrNoFile
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrForm, err)
		}
		if name := part.FileName(); name != "" {
			in.Name, in.Content = name, part
			return in, nil
		}
		text, err := io.ReadAll(io.LimitReader(part, mostInField+1))
		if err != nil || len(text) > mostInField {
			return nil, fmt.Errorf("%w: field [%s] has more than %d bytes, or is cut off", ErrForm, part.FormName(), mostInField)
		}
		in.Fields[part.FormName()] = string(text)
	}
	return nil, fmt.Errorf("%w: it has more than %d fields before its file", ErrForm, mostFields)
}

// patient is a body that may take any time, as long as some of it comes.
type patient struct {
	io.Reader
	to *http.ResponseController
}

// Read implements io.Reader.
func (p *patient) Read(b []byte) (int, error) {
	_ = p.to.SetReadDeadline(time.Now().Add(pause)) // only a server's own ResponseWriter has deadlines
	return p.Reader.Read(b)
}

// mostLeft is how much is read of what nobody wants, so that its sender gets to read why: most read nothing before they have sent all.
const mostLeft = 64 << 20

// Discard reads the rest of a request that is refused. A sender of more is cut off, as is one that has asked whether to send it, who reads the answer anyway.
func Discard(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Connection", "close")
	if r.Header.Get("Expect") != "" {
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(pause))
	_, _ = io.CopyN(io.Discard, r.Body, mostLeft) // whatever comes of it, the refusal follows
}
