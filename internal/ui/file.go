package ui

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"ovate/internal/auth"
	"ovate/internal/preview"
	"ovate/internal/share"
	"ovate/internal/upload"
)

// filePage is a file that was sent: what is in it, what would be stored of it, and the task that does that.
type filePage struct {
	File       upload.Upload
	DataSource string
	Choices    preview.Choices
	Problem    string // why nothing can be shown
	Fields     []fileField
	MoreFields int // that the form does not list, and takes as they are found
	Preview    *preview.Preview
	Table      table
	Spec       string
}

// Sender is who has sent the file.
func (p *filePage) Sender() string { return knownName(p.File.By) }

// knownName is the name of who has done something; empty if nobody is asked who they are.
func knownName(by string) string {
	if !auth.IsKnown(by) {
		return ""
	}
	return by
}

// NamesFields tells whether what is wrong, or a note, names a field of the form.
func (p *filePage) NamesFields() bool {
	texts := []string{p.Problem}
	if p.Preview != nil {
		texts = append(texts, p.Preview.Notes...)
	}
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, "“") })
}

// What a page shows of a file.
const (
	shownFields  = 100
	shownColumns = 40
	shownRows    = 20
	shownCell    = 60
	wholeCell    = 400
)

// mayUpload fails unless who has sent the request may send and use files for a data source.
func (c *call) mayUpload(dataSource string) error {
	return c.told(c.identity().MayUpload(dataSource, c.Inputs))
}

// sendFile is POST /submit/file: it keeps the file of the form, and leads to what is in it. The form's token is in the query, as its body is not read before.
func sendFile(c *call) (_ *page, err error) {
	defer func() {
		if err != nil {
			upload.Discard(c.w, c.r)
			err = c.fileProblem(err)
		}
	}()
	in, err := c.Uploads.Receive(c.w, c.r)
	if err != nil {
		return nil, err
	}
	if in.Name == "" {
		return nil, upload.ErrNoFile
	}
	dataSource := cmp.Or(strings.TrimSpace(in.DataSource), upload.DataSource(in.Name))
	if err := upload.CheckDataSource(dataSource); err != nil {
		return nil, &problem{http.StatusBadRequest, err.Error(), "Go back and give the data source another name."}
	}
	if err := c.mayUpload(dataSource); err != nil {
		return nil, err
	}
	u, err := c.Uploads.Create(in.Name, dataSource, c.identity().Name, in.Content)
	if err != nil {
		return nil, err
	}
	return &page{to: to("submit", "file", u.ID)}, nil
}

// fileProblem words what is wrong with a file that is sent, or not there.
func (c *call) fileProblem(err error) error {
	const again = "Go back and choose another file."
	var used *share.Error
	switch {
	case errors.As(err, &used) && errors.Is(err, upload.ErrFull):
		return &problem{http.StatusInsufficientStorage, fmt.Sprintf("There is no room for the file, as %v.", used), "Remove some of these that nobody needs, on the page Submit."}
	case errors.Is(err, upload.ErrNone):
		return &problem{http.StatusNotFound, "This file is not there any more.", "It may have been removed, as nobody used it. Send it again on the page Submit."}
	case errors.Is(err, upload.ErrTooLarge):
		return &problem{http.StatusRequestEntityTooLarge, "The file is larger than " + bytesText(c.Uploads.MaxSize) + ", the most that the page takes (ovate.uploads.maxSize).", "From a shell, ovate ingest reads files of any size where they are."}
	case errors.Is(err, upload.ErrFull):
		return &problem{http.StatusInsufficientStorage, "There is no room for the file beside those that were sent before (ovate.uploads.maxTotal).", "Remove some that nobody needs, on the page Submit."}
	case errors.Is(err, upload.ErrEmpty):
		return &problem{http.StatusUnprocessableEntity, "The file is empty.", again}
	case errors.Is(err, upload.ErrNoFile):
		return &problem{http.StatusUnprocessableEntity, "No file was chosen.", again}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &problem{http.StatusRequestTimeout, "The file has not come in time.", "Send it again."}
	case errors.Is(err, upload.ErrForm), errors.Is(err, upload.ErrBroken):
		return &problem{http.StatusBadRequest, err.Error() + ".", "Send it again."}
	}
	return err
}

// file is the one that the path names, if who has sent the request may use it.
func (c *call) file() (upload.Upload, error) {
	u, err := c.Uploads.Get(c.r.PathValue("id"))
	if err != nil {
		return u, c.fileProblem(err)
	}
	if c.mayUpload(u.DataSource) != nil {
		return u, &problem{http.StatusForbidden, "You may not use this file.", "It was sent for a data source that you may not write to."}
	}
	return u, nil
}

// showFile is GET /submit/file/{id}, as it is found, and POST, with what the form has chosen. With action=remove the file is removed.
func showFile(c *call) (*page, error) {
	u, err := c.file()
	if err != nil {
		return nil, err
	}
	if err := c.readForm(); err != nil {
		return nil, err
	}
	form := c.r.PostForm
	switch action := form.Get("action"); action {
	case "", "show":
	case "remove":
		if err := c.Uploads.Remove(u.ID); err != nil {
			return nil, c.fileProblem(err)
		}
		return &page{to: "/submit"}, nil
	default:
		return nil, unknownAction(action)
	}
	p := &filePage{File: u, DataSource: cmp.Or(strings.TrimSpace(form.Get("dataSource")), u.DataSource), Choices: choicesOf(form)}
	shown := &page{Title: u.Name, template: "file", Data: p}
	if err := upload.CheckDataSource(p.DataSource); err != nil {
		p.Problem = err.Error()
	} else if p.Preview, err = c.Preview.OfUpload(c.ctx(), &u, p.DataSource, p.Choices, preview.UsualRows, formNames); err != nil {
		if shown.status, p.Problem = previewProblem(err); p.Problem == "" {
			return nil, c.fileProblem(err)
		}
	}
	if p.Problem != "" {
		shown.status = cmp.Or(shown.status, http.StatusUnprocessableEntity)
		p.Fields, p.MoreFields = p.asPosted(form)
		return shown, nil
	}
	p.Fields, p.MoreFields = p.asFound()
	p.Table = tableOf(p.Preview)
	p.Spec = string(p.Preview.Task)
	return shown, nil
}

// previewProblem is why nothing can be shown of a file, and the status of a page that says so; empty if that is none of the file.
func previewProblem(err error) (status int, text string) {
	if refused, is := errors.AsType[*preview.RefusedError](err); is {
		return http.StatusUnprocessableEntity, refused.Error()
	}
	switch {
	case errors.Is(err, preview.ErrBusy):
		status = http.StatusTooManyRequests
	case errors.Is(err, preview.ErrSlow):
		status = http.StatusUnprocessableEntity
	default:
		return 0, ""
	}
	text = err.Error()
	return status, strings.ToUpper(text[:1]) + text[1:] + "."
}
