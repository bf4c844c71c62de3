package v1

import (
	"context"
	"net/http"
	"net/url"

	"ovate/internal/audit"
	"ovate/internal/auth"
	"ovate/internal/intake"
)

// maxKey is the most bytes of an Idempotency-Key.
const maxKey = 255

// submitTask is POST tasks: 201 {"id":…} means that the task is on disk. With an Idempotency-Key the same request may come again and again, and has the same answer.
func submitTask(c *call) error {
	key, err := c.key()
	if err != nil {
		return err
	}
	document, err := c.body()
	if err != nil {
		return err
	}
	id, again, err := c.intake().Submit(c.asCaller(), document, key)
	if err != nil {
		return err
	}
	if again {
		c.w.Header().Set("Idempotency-Replayed", "true")
	}
	c.w.Header().Set("Location", Base+"/tasks/"+url.PathEscape(id))
	return c.json(http.StatusCreated, map[string]string{"id": id})
}

// key is the Idempotency-Key of the request, as it counts for its sender alone where users are asked who they are; empty if it has none.
func (c *call) key() (string, error) {
	keys := c.r.Header.Values("Idempotency-Key")
	switch {
	case len(keys) == 0:
		return "", nil
	case len(keys) > 1:
		return "", badRequest("Idempotency-Key is given %d times, but has one value.", len(keys))
	case keys[0] == "":
		return "", badRequest("Idempotency-Key is empty: without a key, leave the header out.")
	case len(keys[0]) > maxKey:
		return "", badRequest("Idempotency-Key must have at most %d bytes, but has %d.", maxKey, len(keys[0]))
	}
	who := auth.From(c.r.Context()).Name
	if !auth.IsKnown(who) {
		return keys[0], nil
	}
	return who + "\x00" + keys[0], nil
}

// validate is POST validate: all that is wrong with a task, without submitting it.
func validate(c *call) error {
	document, err := c.body()
	if err != nil {
		return err
	}
	faults, err := c.intake().Faults(document)
	if err != nil {
		return err
	}
	if faults == nil {
		faults = []intake.Fault{}
	}
	return c.json(http.StatusOK, struct {
		Valid  bool           `json:"valid"`
		Errors []intake.Fault `json:"errors"`
	}{len(faults) == 0, faults})
}

// asCaller is the request's context with who the audit history names.
func (c *call) asCaller() context.Context { return audit.WithCaller(c.r.Context(), auth.Caller(c.r)) }
