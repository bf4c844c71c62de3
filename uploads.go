package ovate

import (
	"bytes"
	"context"
	"errors"
	"time"

	"ovate/druid"
	"ovate/internal/preview"
	"ovate/internal/queue"
	"ovate/internal/upload"
)

// openUploads reads which files people have sent.
func (s *Server) openUploads() (err error) {
	c := s.config.Uploads
	s.uploads, err = upload.Open(upload.Options{Dir: s.config.UploadFolder(), MaxSize: c.MaxSize, MaxTotal: c.MaxTotal, Retain: c.Retain, Now: time.Now, Log: s.log})
	return err
}

// newPreviews shows input before it is stored.
func (s *Server) newPreviews() *preview.Maker {
	return preview.New(preview.Options{Uploads: s.uploads, Kit: s.kit, Places: s.places()})
}

// readUploads tells which of some folders active tasks read: those that name them. While this server does not lead it knows of no task, and takes all to be read.
func (s *Server) readUploads(ctx context.Context, folders []string) (map[string]bool, error) {
	read := map[string]bool{}
	engine := s.leads.Engine()
	if engine == nil {
		for _, folder := range folders {
			read[folder] = true
		}
		return read, nil
	}
	named := make([][]byte, len(folders))
	for i, folder := range folders {
		text := druid.AppendString(nil, folder)
		named[i] = text[1 : len(text)-1]
	}
	for _, id := range engine.Queue().ActiveIDs() {
		document, err := engine.Queue().Stored(ctx, id)
		if errors.Is(err, queue.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for i, folder := range folders {
			read[folder] = read[folder] || bytes.Contains(document, named[i])
		}
	}
	return read, nil
}
