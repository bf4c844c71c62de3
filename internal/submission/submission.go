// Package submission keeps what was handed in and is not to be a task yet, or perhaps not only once: until a time has come, until others have ended, and again
// where it fails.
//
// A submission that waits is no row of druid_tasks, so that a Java Overlord which leads meanwhile does not begin it, and passes over it. It is a record of our own. Each
// step of its life is one transaction, which the leader's term fences: the one that makes a task of it stores the task and that the submission has it
// together. So it does not matter when the process ends: nothing is lost, and nothing comes twice. What memory holds is only when which
// record is to be looked at; to look once more does no harm.
package submission

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/audit"
)

// State is where a submission is in its life.
type State string

// A submission goes from Waiting to Submitted, perhaps several times to and fro, and ends as Success or Failed.
const (
	Waiting   State = "WAITING"   // it is no task yet, or once more
	Submitted State = "SUBMITTED" // its task is active
	Success   State = "SUCCESS"
	Failed    State = "FAILED"
)

// Submission is one, as it is stored.
type Submission struct {
	ID         string        `json:"id"`
	Type       string        `json:"type"`
	DataSource string        `json:"dataSource"`
	State      State         `json:"state"`
	Created    druid.Instant `json:"created"`
	// NotBefore is when it is due, at the earliest; for a next attempt, too.
	NotBefore *druid.Instant `json:"notBefore,omitempty"`
	// After is what has to end before it.
	After []Dependency `json:"after,omitempty"`
	// OnFailure is Fail or Run: what becomes of it when one of these fails.
	OnFailure string `json:"onFailure,omitempty"`
	Retry     *Retry `json:"retry,omitempty"`
	// Attempt is which one runs, or is next, from 1 on, and Task the id of the last one's task.
	Attempt int               `json:"attempt"`
	Task    string            `json:"task,omitempty"`
	Labels  map[string]string `json:"labels,omitempty"`
	Ended   *druid.Instant    `json:"ended,omitempty"`
	// Error is why it has failed; of one that waits for its next attempt, why the last one has.
	Error string `json:"error,omitempty"`

	// Cancelled tells that no attempt is to follow. Proxied and Caller are of who handed it in, and Digest is of what came with an Idempotency-Key.
	Cancelled bool         `json:"cancelled,omitempty"`
	Proxied   bool         `json:"proxied,omitempty"`
	Caller    audit.Caller `json:"caller"`
	Digest    string       `json:"digest,omitempty"`
	// Size is how many bytes its task has; 0 of those that were stored before this was known.
	Size int64 `json:"size,omitempty"`
}

// Dependency is a task or a submission that another one comes after.
type Dependency struct {
	ID string `json:"id"`
	// Ended is Success or Failed once it has ended.
	Ended State `json:"ended,omitempty"`
}

// Values of OnFailure.
const (
	Fail = "fail"
	Run  = "run"
)

// Over tells whether it has ended.
func (s *Submission) Over() bool { return s.State == Success || s.State == Failed }

// WaitsFor tells people what it waits for; empty if it does not wait.
func (s *Submission) WaitsFor(now druid.Instant) string {
	if s.State != Waiting {
		return ""
	}
	open := 0
	first := ""
	for _, d := range s.After {
		if d.Ended != "" {
			continue
		}
		if open++; open == 1 {
			first = d.ID
		}
	}
	switch {
	case open == 1:
		return fmt.Sprintf("%s has to end before.", first)
	case open == 2:
		return fmt.Sprintf("%s and another one have to end before.", first)
	case open > 2:
		return fmt.Sprintf("%s and %d others have to end before.", first, open-1)
	case s.NotBefore != nil && *s.NotBefore > now && s.Attempt > 1:
		return fmt.Sprintf("Attempt %d begins at %s, as the one before has failed.", s.Attempt, s.NotBefore)
	case s.NotBefore != nil && *s.NotBefore > now:
		return fmt.Sprintf("It is due at %s.", s.NotBefore)
	}
	return "It is due, and about to be submitted."
}

// taskID is the id of the task of the attempt: the submission's own for the first one.
func (s *Submission) taskID() string {
	if s.Attempt == 1 {
		return s.ID
	}
	return fmt.Sprintf("%s_attempt%d", s.ID, s.Attempt)
}

// otherID is an id for a task whose own has been taken, which nobody can take beforehand.
func (s *Submission) otherID() string { return s.taskID() + "_else_" + rand.Text() }

// longestID is how long the id of a submission may be, so that there is room for that of each attempt, and for another one in its place.
const longestID = 255 - len("_attempt100_else_ABCDEFGHIJKLMNOPQRSTUVWXYZ")

// end ends it.
func (s *Submission) end(state State, why string, now druid.Instant) {
	s.State, s.Error, s.Ended = state, why, &now
}

// failed has it wait for its next attempt, as its task has failed, or fail with that where there is to be none.
func (s *Submission) failed(why string, now druid.Instant) {
	if s.Cancelled || s.Retry == nil || s.Attempt >= s.Retry.MaxAttempts || !s.Retry.covers(why) {
		s.end(Failed, why, now)
		return
	}
	due := now + druid.Instant(s.Retry.pause(s.Attempt).Milliseconds())
	s.State, s.Error, s.NotBefore = Waiting, why, &due
	s.Attempt++
}

func (s *Submission) json() ([]byte, error) { return json.Marshal(s) }

func read(payload []byte) (*Submission, error) {
	s := new(Submission)
	if err := json.Unmarshal(payload, s); err != nil {
		return nil, fmt.Errorf("a stored submission cannot be read: %w", err)
	}
	return s, nil
}

// partOf is what is taken by what is stored, of nobody if that cannot be read.
func partOf(payload []byte) part {
	sub, err := read(payload)
	if err != nil {
		return part{}
	}
	return part{strings.Clone(sub.Caller.Identity), sub.Size}
}

// keep is how long submissions that have ended are kept.
const keep = 7 * 24 * time.Hour
