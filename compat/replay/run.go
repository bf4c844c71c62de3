package replay

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Overlord is one to which the script is sent, and the database with its metadata.
type Overlord struct {
	URL string
	DB  *sql.DB
}

// Noted is what became of a step: an answer or rows, in which what no two Overlords have in common is normal.
type Noted struct {
	Body   string          `json:"body,omitempty"` // of the request
	Status int             `json:"status,omitempty"`
	Answer json.RawMessage `json:"answer,omitempty"`
	Rows   Rows            `json:"rows,omitempty"`
}

// Run sends the requests of a section, one after the other.
func (o Overlord) Run(ctx context.Context, s Section) ([]Noted, error) {
	made := newMade()
	saved := map[string]string{}
	var all []Noted
	for i, step := range s.Steps {
		n, err := o.step(ctx, s, step, made, saved)
		if err != nil {
			return nil, fmt.Errorf("section %s, step %d: %w", s.Name, i, err)
		}
		all = append(all, n)
	}
	return all, nil
}

func (o Overlord) step(ctx context.Context, s Section, step Step, made *made, saved map[string]string) (Noted, error) {
	if step.Rows {
		rows, err := o.rows(ctx, s.DataSource, step.Ended)
		if err != nil {
			return Noted{}, err
		}
		return Noted{Rows: made.rows(rows)}, nil
	}
	body := step.Body
	for name, value := range saved {
		body = strings.ReplaceAll(body, "${"+name+"}", value)
	}
	await()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, o.URL+step.Path, strings.NewReader(body))
	if err != nil {
		return Noted{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return Noted{}, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return Noted{}, err
	}
	if !json.Valid(answer) {
		return Noted{}, fmt.Errorf("%s answers %d, and no JSON: %.200s", body, response.StatusCode, answer)
	}
	for name, path := range step.Save {
		saved[name] = Dotted(answer, path)
	}
	if response.StatusCode == http.StatusOK {
		answer = sorted(answer)
	}
	return Noted{Body: step.Body, Status: response.StatusCode, Answer: made.json(answer)}, nil
}

// await returns in a millisecond of its own, so that no two versions of a section are the same.
func await() {
	for before := time.Now().UnixMilli(); time.Now().UnixMilli() == before; {
		time.Sleep(100 * time.Microsecond)
	}
}

// Dotted is the text at a.b.c of a JSON document, or "".
func Dotted(document []byte, path string) string {
	var value any
	if json.Unmarshal(document, &value) != nil {
		return ""
	}
	for key := range strings.SplitSeq(path, ".") {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	text, _ := value.(string)
	return text
}
