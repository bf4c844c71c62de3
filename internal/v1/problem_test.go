package v1

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"ovate/internal/preview"
)

// What the server lacks is not the fault of who asks, whatever was being done.
func TestRoomProblem(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]int{syscall.ENOSPC: 507, syscall.EDQUOT: 507, syscall.EMFILE: 503, syscall.ENFILE: 503} {
		if p := roomProblem(fmt.Errorf("write x: %w", err)); p == nil || p.Status != want {
			t.Errorf("%v: %+v, want %d", err, p, want)
		}
	}
	for _, err := range []error{errors.New("disk"), preview.ErrBusy, syscall.ENOENT} {
		if p := roomProblem(err); p != nil {
			t.Errorf("%v: %+v", err, p)
		}
	}
}
