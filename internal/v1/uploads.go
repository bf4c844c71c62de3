package v1

import (
	"errors"
	"net/http"
	"os"

	"ovate/internal/auth"
	"ovate/internal/share"
	"ovate/internal/upload"
)

// uploads is what listUploads answers.
type uploads struct {
	Uploads []upload.Upload `json:"uploads"`
	// MaxSize is how many bytes a file may have, and Room how many more who asks may send.
	MaxSize int64 `json:"maxSize"`
	Room    int64 `json:"room"`
}

// mayUpload fails unless who has sent the request may send and use files for a data source.
func (c *call) mayUpload(dataSource string) error {
	err := c.identity().MayUpload(dataSource, c.Inputs)
	if denied, is := errors.AsType[*auth.Denied](err); is {
		return c.denied(denied.Action, denied.Resource)
	}
	return err
}

// upload is the one that the path names, if who has sent the request may use it. Whom it is for is not told otherwise.
func (c *call) upload(id string) (upload.Upload, error) {
	u, err := c.Uploads.Get(id)
	if err == nil && c.mayUpload(u.DataSource) != nil {
		err = refuse(http.StatusForbidden, "You may not use upload [%s].", u.ID)
	}
	return u, err
}

// sendUpload is POST uploads: the file is the body, or that of a multipart form. 201 means that it is on disk.
//
//	name        what the file is called, with its extensions; a form has it itself
//	dataSource  which one it is for; else that which the name of the file suggests. A form may have it as a field before the file
func sendUpload(c *call) (err error) {
	defer func() {
		if err != nil {
			upload.Discard(c.w, c.r)
		}
	}()
	q := c.query
	if coding := c.r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return refuse(http.StatusUnsupportedMediaType, "Content-Encoding is [%s], but a file must come as it is to be kept: compressed ones are read as they are.", coding)
	}
	in, err := c.Uploads.Receive(c.w, c.r)
	if err != nil {
		return err
	}
	name, dataSource := in.Name, in.DataSource
	if q["name"] != "" {
		name = q["name"]
	}
	if q["dataSource"] != "" {
		if dataSource != "" && dataSource != q["dataSource"] {
			return badRequest("The form says that the file is for data source [%.80s], and query parameter [dataSource] that it is for [%.80s].", dataSource, q["dataSource"])
		}
		dataSource = q["dataSource"]
	}
	if dataSource == "" {
		dataSource = upload.DataSource(name)
	}
	if err := upload.CheckDataSource(dataSource); err != nil {
		return badRequest("%v", err)
	}
	if err := c.mayUpload(dataSource); err != nil {
		return err
	}
	u, err := c.Uploads.Create(name, dataSource, c.identity().Name, in.Content)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", Base+"/uploads/"+u.ID)
	return c.json(http.StatusCreated, u)
}

// listUploads is GET uploads: those that who asks may use, the newest first.
func listUploads(c *call) error {
	list := uploads{Uploads: []upload.Upload{}, MaxSize: c.Uploads.MaxSize, Room: c.Uploads.Room(c.identity().Name)}
	for _, u := range c.Uploads.List() {
		if c.mayUpload(u.DataSource) == nil {
			list.Uploads = append(list.Uploads, u)
		}
	}
	return c.json(http.StatusOK, &list)
}

// oneUpload is GET uploads/{id}.
func oneUpload(c *call) error {
	u, err := c.upload(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, &u)
}

// removeUpload is DELETE uploads/{id}: 204 means that it is gone. A task that has not begun to read it fails then.
func removeUpload(c *call) error {
	u, err := c.upload(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := c.Uploads.Remove(u.ID); err != nil {
		return err
	}
	c.begin(http.StatusNoContent, "")
	return nil
}

// uploadProblem words an error of uploads; nil if it is none.
func (h *handler) uploadProblem(err error) *Problem {
	var used *share.Error
	switch {
	case errors.As(err, &used) && errors.Is(err, upload.ErrFull):
		return refuse(http.StatusInsufficientStorage, "There is no room, as %v. Remove some of these that nobody needs (DELETE %s/uploads/{id}).", used, Base)
	case errors.Is(err, upload.ErrNone):
		return refuse(http.StatusNotFound, "There is no upload of this id: it may have been removed, as nobody used it.")
	case errors.Is(err, upload.ErrTooLarge):
		return refuse(http.StatusRequestEntityTooLarge, "The file is larger than %d bytes, which ovate.uploads.maxSize sets. `ovate ingest` reads files of any size where they are.", h.Uploads.MaxSize)
	case errors.Is(err, upload.ErrFull):
		return refuse(http.StatusInsufficientStorage, "There is no room: %v. Remove uploads that nobody needs, or have ovate.uploads.maxTotal raised.", err)
	case errors.Is(err, upload.ErrEmpty):
		return refuse(http.StatusUnprocessableEntity, "The file is empty: there is nothing in it to ingest.")
	case errors.Is(err, upload.ErrNoFile):
		return refuse(http.StatusUnprocessableEntity, "The form has no file: that is the field with a file name.")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(http.StatusRequestTimeout, "The file has not come in time.")
	case errors.Is(err, upload.ErrForm), errors.Is(err, upload.ErrBroken):
		return badRequest("%v.", err)
	}
	return nil
}
