package api

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/queue"
)

func TestReadAction(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ body, because string }{
		{``, `Request body is empty. It must be an object with a "task"`},
		{`[]`, `Request body is an array. It must be an object with a "task"`},
		{`null`, `Invalid value for field [task.id]: must not be null`},
		{`{"task":"x","action":{"type":"lockList"}}`, "field [task] is a string, but must be an object"},
		{`{"task":{"type":"noop"},"action":{"type":"lockList"}}`, `Invalid value for field [task.id]: must not be null`},
		{`{"task":{"id":"a/b"},"action":{"type":"lockList"}}`, `cannot contain '/'`},
		{`{"task":{"id":"x"}}`, `Invalid value for field [action]: must not be null`},
		{`{"task":{"id":"x"},"action":7}`, "is a number, but must be an object"},
		{`{"task":{"id":"x"},"action":{"type":"lockRelease"}}`, "action lockRelease: field [interval] is missing"},
		{`{"task":{"id":"x"},"action":{"type":"lockRelease","interval":5}}`, "it is not a text"},
		{`{"task":{"id":"x"},"action":{"type":"lockAcquire","interval":"2026/P1D","timeoutMs":"long"}}`, "action lockAcquire: field [timeoutMs] is a string, but must be a whole number"},
		{`{"task":{"id":"x"},"action":{"type":"lockAcquire","interval":"2026/P1D","timeoutMs":1.5}}`, "field [timeoutMs] is 1.5, but must be a whole number within 64 bits"},
		{`{"task":{"id":"x"},"action":{"type":"lockAcquire","interval":"2026/P1D","timeoutMs":-1}}`, "field [timeoutMs] is -1, but must be milliseconds"},
		{`{"task":{"id":"x"},"action":{"type":"lockAcquire","interval":"2026-01-01/2026-01-01","timeoutMs":1}}`, "field [interval] is [2026-01-01T00:00:00.000Z/2026-01-01T00:00:00.000Z], which is empty"},
		{`{"task":{"id":"x"},"action":{"type":"lockTryAcquire","interval":"2026-01-01/2026-01-01"}}`, "which is empty, but must be a span of time"},
		{`{"task":{"id":"x"},"action":{"type":"segmentAllocate","skipSegmentLineageCheck":1}}`, "field [skipSegmentLineageCheck] is a number, but must be true or false"},
		{`{"task":{"id":"x"},"action":{"type":"segmentNuke","segments":{}}}`, "field [segments] is an object, but must be an array"},
		{`{"task":{"id":"x"},"action":{"type":"segmentNuke","segments":[7]}}`, "it is a number, but must be an object"},
		{`{"task":{"id":"x"},"action":{"type":"segmentListUsed","dataSource":true}}`, "field [dataSource] is true or false, but must be a text"},
		{`{"task":{"id":"x"},"action":{"type":"segmentNuke","segments":[{"dataSource":"wiki","size":1e300}]}}`, "action segmentNuke: data segment: field [size] is 1e300, but must be a whole number within 64 bits"},
		{`{"task":{"id":"x"},"action":{"type":"surrogateAction","surrogateId":5,"taskAction":{"type":"lockList"}}}`, "field [surrogateId] is a number, but must be a text"},
		{`{"task":{"id":"x"},"action":{"type":"surrogateAction","surrogateId":"y","taskAction":{"type":"lockRelease"}}}`, "field [taskAction]: action lockRelease: field [interval] is missing"},
		{`{"task":{"id":"x"},"action":{"type":"chunkListUsed","dataSource":"wiki","interval":"2026/P1D"}}`, "could not resolve type id 'chunkListUsed'"},
	} {
		document := []byte(c.body)
		if c.body == "" {
			document = nil
		}
		_, _, err := readAction(document)
		var refused *refusal
		if !errors.As(err, &refused) || refused.status != 400 || !strings.Contains(refused.body, c.because) {
			t.Errorf("%s: %v, want %s", c.body, err, c.because)
		}
	}
}

func TestActionFailed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    error
		status int // 0: not refused, which is a 500
	}{
		{queue.ErrNotFound, 400},
		{lockbox.ErrInactive, 400},
		{metadata.ErrNotActive, 400},
		{&lockbox.Uncovered{}, 400},
		{&lockbox.Revoked{}, 400},
		{druid.InvalidInput("wrong"), 400},
		{metadata.ErrOutcomeUnknown, 0},
		{errors.New("the disk is full"), 0},
	} {
		err := actionFailed("x", fmt.Errorf("publish: %w", c.err))
		var refused *refusal
		if errors.As(err, &refused) != (c.status > 0) || c.status > 0 && refused.status != c.status {
			t.Errorf("%v: %v, want %d", c.err, err, c.status)
		}
	}
}
