package submission

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/intake"
	"ovate/internal/label"
	"ovate/internal/metadata"
	"ovate/internal/share"
)

// ErrNotFound is that there is no submission of an id.
var ErrNotFound = errors.New("no such submission")

// Request is what is handed in. Pointers of faults are into its JSON.
type Request struct {
	Task      json.RawMessage   `json:"task"`
	NotBefore *druid.Instant    `json:"notBefore"`
	After     []string          `json:"after"`
	OnFailure string            `json:"onFailure"`
	Retry     *Retry            `json:"retry"`
	Labels    map[string]string `json:"labels"`
}

// Sender is who hands it in.
type Sender struct {
	// Proxied tells that he may be anywhere, or is no administrator, so that his tasks may read less.
	Proxied bool
	// Key, unless empty, stands for this submission.
	Key    string
	Caller audit.Caller
	// MayRun refuses tasks that their sender may not have run, and MayRead what he may not come after; nil refuses none.
	MayRun  func(t *druid.Task, document []byte) error
	MayRead func(dataSource string) bool
	// Body is all that came, which an Idempotency-Key stands for.
	Body []byte
}

const (
	mostAfter = 100
	// mostActive is how many submissions may wait or run, and mostBytes how many bytes their tasks may have together.
	mostActive = 100_000
	mostBytes  = 4 << 30
)

// Submit makes a submission durable; again tells that it was there already, by the same key. The error is an *intake.Invalid, an *intake.RefusedError,
// intake.ErrKeyReused, a *druid.Error if the id is taken or there are too many, or one of MayRun.
func (s *Submissions) Submit(ctx context.Context, r *Request, from Sender) (sub *Submission, again bool, err error) {
	if faults := r.faults(); len(faults) > 0 {
		return nil, false, &intake.Invalid{Faults: faults}
	}
	document, digest, err := r.document(from)
	if err != nil {
		return nil, false, intake.Below("/task", err)
	}
	t, err := s.intake(from.MayRun, from.Proxied).Task(document)
	if err != nil {
		return nil, false, intake.Below("/task", err)
	}
	h := t.Header()
	if why := intake.Reserved(h.ID); why != "" && from.Key == "" {
		return nil, false, invalid("/task/id", why)
	}
	if err := r.checkID(h.ID); err != nil {
		return nil, false, err
	}
	sub = &Submission{
		ID: h.ID, Type: h.Type, DataSource: h.DataSource, State: Waiting, Created: s.Wall(), NotBefore: r.NotBefore, OnFailure: r.OnFailure, Retry: r.Retry,
		Attempt: 1, Labels: label.Of(document), Proxied: from.Proxied, Caller: from.Caller, Digest: digest, Size: int64(len(document)),
	}
	own := part{from.Caller.Identity, sub.Size}
	if err := s.Store.MakeRecords(ctx); err != nil {
		return nil, false, err
	}
	same := false
	err = s.Store.Update(ctx, func(tx metadata.Tx) (err error) {
		if same, err = s.free(ctx, tx, sub); err != nil || same {
			return err
		}
		if err := s.room(own); err != nil {
			return err
		}
		if sub.After, err = s.known(ctx, tx, r.After, from.MayRead); err != nil {
			return err
		}
		if err := tx.PutRecord(metadata.Record{Kind: kindTask, ID: sub.ID, At: sub.Created, Payload: document}); err != nil {
			return err
		}
		if err := tx.InsertAudit(sub.entry(ctx, "POST", "/api/v1/submissions")); err != nil {
			return err
		}
		return put(tx, sub)
	})
	if err != nil {
		return nil, false, err
	}
	s.agenda.add(sub.ID, own)
	s.begin()
	if same {
		sub, err = s.Get(ctx, sub.ID)
	}
	return sub, same, err
}

// room refuses one more submission of a user if there are too many, or he has his share of them.
func (s *Submissions) room(of part) error {
	err := s.agenda.room(of)
	switch {
	case errors.Is(err, share.ErrNone):
		return druid.CapacityExceeded("There is no room for the submission beside those that have not ended, which may be %d with tasks of %d MiB together: submit it again when some have", mostActive, mostBytes>>20)
	case err != nil:
		return druid.CapacityExceeded("There is no room for the submission, as %v that have not ended: submit it again when some have, or cancel some", err)
	}
	return nil
}

// document is the task with what its key and its labels make of it, and the digest of what came with the key.
func (r *Request) document(from Sender) (document []byte, digest string, err error) {
	document = r.Task
	if from.Key != "" {
		digest = intake.Digest(from.Key, string(from.Body))
		if document, _, err = intake.Keyed(document, from.Key, digest); err != nil {
			return nil, "", err
		}
	}
	if len(r.Labels) > 0 {
		document, err = intake.With(document, "", map[string]any{label.Key: r.Labels})
	}
	return document, digest, err
}

// checkID refuses an id that a submission cannot have.
func (r *Request) checkID(id string) error {
	if err := druid.ValidateID("Task ID", id); err != nil {
		return err
	}
	if n := utf8.RuneCountInString(id); n > longestID {
		return invalid("/task/id", fmt.Sprintf("must have at most %d characters, so that those of further attempts can be longer, but has %d", longestID, n))
	}
	if slices.Contains(r.After, id) {
		return invalid("/after", fmt.Sprintf("has the submission itself, [%.80s]: nothing comes after itself", id))
	}
	return nil
}

// free fails if the id of a submission is taken; same tells that it is by the same one, which came with the same key.
func (s *Submissions) free(ctx context.Context, tx metadata.Tx, sub *Submission) (same bool, err error) {
	for _, kind := range [...]string{kindActive, kindEnded} {
		other, err := stored(ctx, tx, kind, sub.ID)
		switch {
		case errors.Is(err, metadata.ErrNotFound):
		case err != nil:
			return false, err
		case sub.Digest != "" && other.Digest == sub.Digest:
			return true, nil
		case sub.Digest != "":
			return false, intake.ErrKeyReused
		default:
			return false, druid.AlreadyExists("Submission[%s] already exists", sub.ID)
		}
	}
	rows, err := tx.TaskStatuses(ctx, []string{sub.ID})
	switch {
	case err != nil:
		return false, err
	case len(rows) == 0:
		return false, nil
	case sub.Digest != "":
		return false, intake.ErrKeyReused
	}
	return false, druid.AlreadyExists("Task[%s] already exists", sub.ID)
}

// known are what a submission comes after, which have to be there. As each names what was there before it, no circle can be.
func (s *Submissions) known(ctx context.Context, tx metadata.Tx, ids []string, mayRead func(string) bool) (after []Dependency, err error) {
	for _, id := range ids {
		dataSource := ""
		for _, kind := range [...]string{kindActive, kindEnded} {
			other, err := stored(ctx, tx, kind, id)
			if err == nil {
				dataSource = other.DataSource
				break
			}
			if !errors.Is(err, metadata.ErrNotFound) {
				return nil, err
			}
		}
		if dataSource == "" {
			row, err := metadata.TaskStatus(ctx, tx, id)
			if err != nil && !errors.Is(err, metadata.ErrNotFound) {
				return nil, err
			}
			if err == nil {
				dataSource = row.DataSource
			}
		}
		if dataSource == "" || mayRead != nil && !mayRead(dataSource) {
			return nil, invalid("/after", fmt.Sprintf("has [%.80s], but there is no task and no submission of this id", id))
		}
		after = append(after, Dependency{ID: id})
	}
	return after, nil
}

// faults are what is wrong beside the task.
func (r *Request) faults() (faults []intake.Fault) {
	fault := func(pointer, format string, args ...any) {
		faults = append(faults, intake.Fault{Pointer: pointer, Detail: fmt.Sprintf(format, args...)})
	}
	if len(r.Task) == 0 || r.Task[0] != '{' {
		fault("/task", "must be a task: a JSON object with a \"type\"")
	}
	switch r.OnFailure {
	case "", Fail, Run:
	default:
		fault("/onFailure", "must be [fail], so that it fails when one fails that it comes after, or [run], so that it runs all the same, but is [%.80s]", r.OnFailure)
	}
	if r.OnFailure != "" && len(r.After) == 0 {
		fault("/onFailure", "says what becomes of the submission when one fails that it comes after, but [after] is missing")
	}
	if len(r.After) > mostAfter {
		fault("/after", "must have at most %d ids, but has %d", mostAfter, len(r.After))
	}
	if sorted := slices.Sorted(slices.Values(r.After)); len(slices.Compact(sorted)) < len(r.After) {
		fault("/after", "has an id twice")
	}
	for _, wrong := range label.Faults(r.Labels) {
		fault("/labels", "%s", wrong)
	}
	if r.Retry != nil {
		for _, f := range r.Retry.faults() {
			fault("/retry"+f[0], "%s", f[1])
		}
	}
	return faults
}

func invalid(pointer, detail string) error {
	return &intake.Invalid{Faults: []intake.Fault{{Pointer: pointer, Detail: detail}}}
}

// entry is the audit entry of what is done to a submission.
func (s *Submission) entry(ctx context.Context, method, path string) metadata.AuditRow {
	payload := druid.AppendString([]byte(`{"id":`), s.ID)
	payload = append(druid.AppendString(append(payload, `,"type":`...), s.Type), '}')
	return audit.Entry{Key: s.DataSource, Type: "submission", Method: method, URI: path, Payload: payload, Time: druid.Now()}.Row(ctx)
}
