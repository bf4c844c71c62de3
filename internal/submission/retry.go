package submission

import (
	"fmt"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/queue"
)

// Retry is when a submission whose task fails is submitted once more.
type Retry struct {
	// MaxAttempts is how many tasks there are at most, the first one included.
	MaxAttempts int `json:"maxAttempts"`
	// Backoff is how long the second attempt waits after the first one has failed, as an ISO 8601 period, PT30S unless given. Each other one waits twice as long as that
	// before it, and MaxBackoff at most, PT1H unless given.
	Backoff    string `json:"backoff,omitempty"`
	MaxBackoff string `json:"maxBackoff,omitempty"`
	// Errors are texts of which the error of the task has to contain one; none is any error. ExceptErrors are texts of which it must contain none.
	Errors       []string `json:"errors,omitempty"`
	ExceptErrors []string `json:"exceptErrors,omitempty"`
}

const (
	mostAttempts  = 100
	mostTexts     = 20
	longestText   = 1000
	usualBackoff  = 30 * time.Second
	usualLongest  = time.Hour
	longestPeriod = 366 * 24 * time.Hour
)

// faults are what is wrong with it, each as a JSON pointer below it and a problem.
func (r *Retry) faults() (faults [][2]string) {
	if r.MaxAttempts < 1 || r.MaxAttempts > mostAttempts {
		faults = append(faults, [2]string{"/maxAttempts", fmt.Sprintf("must be a whole number from 1 to %d, but is %d", mostAttempts, r.MaxAttempts)})
	}
	for name, text := range map[string]string{"/backoff": r.Backoff, "/maxBackoff": r.MaxBackoff} {
		if _, err := length(text, 0); err != nil {
			faults = append(faults, [2]string{name, err.Error()})
		}
	}
	for name, texts := range map[string][]string{"/errors": r.Errors, "/exceptErrors": r.ExceptErrors} {
		if len(texts) > mostTexts {
			faults = append(faults, [2]string{name, fmt.Sprintf("must have at most %d texts, but has %d", mostTexts, len(texts))})
		}
		for _, text := range texts {
			if text == "" || len(text) > longestText {
				faults = append(faults, [2]string{name, fmt.Sprintf("must have texts of 1 to %d bytes, but has one of %d", longestText, len(text))})
			}
		}
	}
	return faults
}

// length is how long a period is; an empty one is as long as usual.
func length(text string, usual time.Duration) (time.Duration, error) {
	if text == "" {
		return usual, nil
	}
	p, err := druid.ParsePeriod(text)
	if err != nil {
		return 0, fmt.Errorf("must be an ISO 8601 period, such as PT30S, but is [%.80s]", text)
	}
	span := p.AddTo(0, 1, time.UTC)
	if span < 0 || span > druid.Instant(longestPeriod.Milliseconds()) {
		return 0, fmt.Errorf("must be from PT0S to P366D, but is [%.80s]", text)
	}
	return time.Duration(span) * time.Millisecond, nil
}

// pause is how long to wait after an attempt has failed.
func (r *Retry) pause(attempt int) time.Duration {
	first, _ := length(r.Backoff, usualBackoff)
	longest, _ := length(r.MaxBackoff, usualLongest)
	return clock.Doubling{First: first, Longest: longest}.After(attempt)
}

// covers tells whether a task that has failed so is retried. What somebody has shut down stays so.
func (r *Retry) covers(why string) bool {
	within := func(texts []string) bool {
		for _, text := range texts {
			if strings.Contains(why, text) {
				return true
			}
		}
		return false
	}
	return !strings.HasPrefix(why, queue.ShutdownReason) && (len(r.Errors) == 0 || within(r.Errors)) && !within(r.ExceptErrors)
}
