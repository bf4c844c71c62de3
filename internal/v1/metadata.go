package v1

import "net/http"

// Metadata tell which ones a server works on, for those who have to know whether two servers have the same, or whether a folder is that of
// the server.
type Metadata struct {
	ID     string `json:"id"`               // as long as they are kept where they are; empty if not known
	Folder string `json:"folder,omitempty"` // the data folder whose own file they are in; empty if they are anywhere else
	File   string `json:"file,omitempty"`   // the word for that file that datadir.File has
}

// whichMetadata is GET metadata: which metadata the leader works on.
func whichMetadata(c *call) error { return c.json(http.StatusOK, c.Metadata) }
