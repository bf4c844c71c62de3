package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"

	"ovate/druid"
)

// Upload is a file that was sent to be ingested.
type Upload struct {
	ID         string        `json:"id"`
	Name       string        `json:"name"`       // of the file, as the server calls it
	DataSource string        `json:"dataSource"` // that it is for
	Size       int64         `json:"size"`       // bytes
	SHA256     string        `json:"sha256"`     // of them, in hex
	By         string        `json:"by"`         // who has sent it
	Created    druid.Instant `json:"created"`
	Used       druid.Instant `json:"used"` // last
}

// Uploads are the files that there are, the newest first.
type Uploads struct {
	Uploads []Upload `json:"uploads"`
	MaxSize int64    `json:"maxSize"` // bytes of one file
	Room    int64    `json:"room"`    // bytes more that who asks may send
}

// SendUpload sends a file, as it is read, whose name tells with its extensions how it is written. dataSource may be empty: then it is named after the file. Once it
// returns nil the server has the file on its disk. It does not follow a server to the one that leads, as content is read once: send it there.
func (c *Client) SendUpload(ctx context.Context, name, dataSource string, content io.Reader) (*Upload, error) {
	values := url.Values{"name": {name}}
	if dataSource != "" {
		values.Set("dataSource", dataSource)
	}
	path := own + "/uploads?" + values.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, content)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", http.MethodPost, path, withoutURL(err))
	}
	request.Header.Set("Content-Type", "application/octet-stream")
	maps.Copy(request.Header, c.header)
	if c.authorize != nil {
		c.authorize(request)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if response.StatusCode != http.StatusCreated {
		return nil, newError(c.base, http.MethodPost, path, response.StatusCode, text)
	}
	sent := new(Upload)
	err = json.Unmarshal(text, sent)
	return sent, c.unless(sent.ID != "", err, http.MethodPost, path, "it names no upload")
}

// Uploads lists the files that the caller may use.
func (c *Client) Uploads(ctx context.Context) (*Uploads, error) {
	list := new(Uploads)
	const path = own + "/uploads"
	err := c.call(ctx, http.MethodGet, path, nil, list)
	return list, c.unless(list.MaxSize > 0, err, http.MethodGet, path, "it does not tell how large a file may be")
}

// OneUpload is one of them. The error of one that is not there is as IsNotFound tells.
func (c *Client) OneUpload(ctx context.Context, id string) (*Upload, error) {
	one := new(Upload)
	path := own + "/uploads/" + url.PathEscape(id)
	err := c.call(ctx, http.MethodGet, path, nil, one)
	return one, c.unless(one.ID != "", err, http.MethodGet, path, "it names no upload")
}

// RemoveUpload removes a file. A task that has not begun to read it fails then.
func (c *Client) RemoveUpload(ctx context.Context, id string) error {
	return c.bare(ctx, http.MethodDelete, own+"/uploads/"+url.PathEscape(id))
}

// Choices are what is known already of an upload; what is absent is found out. They are the flags of `ovate ingest` of the same names.
type Choices struct {
	Format     string            `json:"format,omitempty"`     // json, csv or tsv
	Header     *bool             `json:"header,omitempty"`     // the first line names the columns
	SkipLines  string            `json:"skipLines,omitempty"`  // how many lines come before
	Delimiter  string            `json:"delimiter,omitempty"`  // what stands between two fields
	Quote      string            `json:"quote,omitempty"`      // what stands around a field, or none
	Escape     string            `json:"escape,omitempty"`     // \ or none
	Comment    string            `json:"comment,omitempty"`    // how lines begin that are comments, or none
	Fill       *bool             `json:"fill,omitempty"`       // rows may lack their last fields
	Encoding   string            `json:"encoding,omitempty"`   // utf-8, utf-16, latin-1 …
	JSONPath   string            `json:"jsonPath,omitempty"`   // where in a JSON object the rows are
	Type       map[string]string `json:"type,omitempty"`       // long, double or string, by column
	Null       []string          `json:"null,omitempty"`       // texts that stand for no value
	Columns    []string          `json:"columns,omitempty"`    // ingest these alone
	Drop       []string          `json:"drop,omitempty"`       // leave these out
	TimeColumn string            `json:"timeColumn,omitempty"` // or several, joined by " + "
	TimeFormat string            `json:"timeFormat,omitempty"` // iso, auto, millis, posix …, or a pattern
	TimeZone   string            `json:"timeZone,omitempty"`   // of times that do not say theirs
	Time       string            `json:"time,omitempty"`       // of all rows

	Granularity string `json:"granularity,omitempty"` // the time that a segment covers
	Rollup      bool   `json:"rollup,omitempty"`
	Append      bool   `json:"append,omitempty"`  // add to what the data source has
	Replace     bool   `json:"replace,omitempty"` // replace what it has of the same days, or of the same time chunks with Granularity
}

// PreviewQuery is what a preview is of: an upload, or a task.
type PreviewQuery struct {
	Upload     string          `json:"upload,omitempty"`     // id
	DataSource string          `json:"dataSource,omitempty"` // of the task that is made of the upload; else that of the upload
	Choices    Choices         `json:"choices"`
	Task       json.RawMessage `json:"task,omitempty"`
	Rows       int             `json:"rows,omitempty"` // of the input, 1000 at most; 0 is 100
}

// Preview is what would be stored of some input.
type Preview struct {
	Format string        `json:"format"` // in words
	Fields []FileColumn  `json:"fields"` // the columns of an upload, in its order
	Time   PreviewedTime `json:"time"`
	// Columns and Rows are what would be stored, ordered by time. A row is an object of all columns.
	Columns     []StoredColumn    `json:"columns"`
	Rows        []json.RawMessage `json:"rows"`
	Read        PreviewedRows     `json:"read"`
	Unparseable []Misfit          `json:"unparseable"` // rows that would be left out, or not stored as they are
	Notes       []string          `json:"notes"`       // sentences on what may surprise
	Task        json.RawMessage   `json:"task"`        // that ingests the input, without the rows of an upload that are left out
}

// FileColumn is a column of a file.
type FileColumn struct {
	Name string `json:"name"`
	Type string `json:"type"` // string, long or double; empty of one that is left out, or is the time
	Kept bool   `json:"kept"`
	As   string `json:"as"` // its name in what is stored, if that is another one
}

// PreviewedTime is where the time of rows comes from.
type PreviewedTime struct {
	Column   string `json:"column"`
	Format   string `json:"format"`
	Constant string `json:"constant"` // of all rows, where there is no column
}

// StoredColumn is a column of what is stored.
type StoredColumn struct {
	Name string `json:"name"`
	Type string `json:"type"` // LONG, FLOAT, DOUBLE or STRING
}

// PreviewedRows counts rows.
type PreviewedRows struct {
	Rows        int64 `json:"rows"`        // that the rows shown come of
	Unparseable int64 `json:"unparseable"` // that do not fit: of an upload all
	ThrownAway  int64 `json:"thrownAway"`
	InFile      int64 `json:"inFile"` // of an upload, which was read as a whole
}

// Misfit is what is wrong with one row, or with several.
type Misfit struct {
	Rows   int64  `json:"rows"`
	Line   int64  `json:"line"` // of the first; 0: not known
	Column string `json:"column"`
	Input  string `json:"input"`
	Why    string `json:"why"`
}

// previewPatience is how many times as long a server may say nothing, as it reads an upload as a whole before it answers.
const previewPatience = 3

// Preview shows what would be stored of an upload or by a task. Nothing is stored.
func (c *Client) Preview(ctx context.Context, q PreviewQuery) (*Preview, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return nil, fmt.Errorf("preview: %w", err)
	}
	patient := *c
	patient.patience.limit *= previewPatience
	c = &patient
	shown := new(Preview)
	const path = own + "/preview"
	err = c.call(ctx, http.MethodPost, path, body, shown)
	return shown, c.unless(shown.Task != nil, err, http.MethodPost, path, "it names no task")
}
