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

// Incoming is a file that a request brings.
type Incoming struct {
	Name       string // as the sender calls it; empty if it is not told
	DataSource string // what a form says that it is for; empty if it is not told
	Content    io.Reader
}

// ErrNoFile is that a form brings no file, or its file field was left empty.
var ErrNoFile = errors.New("the form has no file")

// ErrForm is that a form cannot be read, or has what would not be looked at.
var ErrForm = errors.New("the form cannot be taken")

const (
	pause       = time.Minute // that a sender may make
	mostInField = 4 << 10
	mostAround  = 1 << 20 // bytes of a form around its file

	dataSourceField = "dataSource" // of a form, before its file: what it is for is looked at before it is taken
)

// Receive finds the file of a request: its body, or that of a multipart form. Content is to be read before the request ends. Whoever sends nothing for a minute is given
// up, and whoever announces more than there may be is refused at once.
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
	return receiveForm(multipart.NewReader(body, params["boundary"]))
}

// receiveForm reads a form up to its file.
func receiveForm(form *multipart.Reader) (*Incoming, error) {
	in, told := &Incoming{}, false
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			return nil, ErrNoFile
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrForm, err)
		}
		if name, is := fileName(part); is {
			if name == "" { // the field was left empty
				return nil, ErrNoFile
			}
			in.Name, in.Content = name, &lastPart{part, form}
			return in, nil
		}
		switch field := part.FormName(); {
		case field != dataSourceField:
			return nil, fmt.Errorf("%w: field [%.80s] is not known: there are %s and, with a file name, the file", ErrForm, field, dataSourceField)
		case told:
			return nil, fmt.Errorf("%w: field [%s] comes twice", ErrForm, field)
		}
		text, err := io.ReadAll(io.LimitReader(part, mostInField+1))
		if err != nil || len(text) > mostInField {
			return nil, fmt.Errorf("%w: field [%s] has more than %d bytes, or is cut off", ErrForm, dataSourceField, mostInField)
		}
		in.DataSource, told = string(text), true
	}
}

// fileName tells whether a part of a form is a file, and how its sender calls it.
func fileName(part *multipart.Part) (name string, is bool) {
	_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err == nil {
		_, is = params["filename"]
	}
	return part.FileName(), is
}

// lastPart is the file of a form, and fails if it is not the last of its parts: nobody would look at others.
type lastPart struct {
	*multipart.Part
	form *multipart.Reader
}

// Read implements io.Reader.
func (p *lastPart) Read(b []byte) (int, error) {
	n, err := p.Part.Read(b)
	if err != io.EOF {
		return n, err
	}
	next, err := p.form.NextPart()
	if err != nil { // io.EOF, or that the form is cut off
		return n, err
	}
	if name, is := fileName(next); is && name != "" {
		return n, fmt.Errorf("%w: it has a second file, [%.80s]: send one after the other", ErrForm, name)
	}
	return n, fmt.Errorf("%w: field [%.80s] comes after the file: send it before", ErrForm, next.FormName())
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
