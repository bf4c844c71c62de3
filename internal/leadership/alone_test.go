package leadership_test

import (
	"testing"

	"go.uber.org/goleak"

	"ovate/internal/leadership"
	"ovate/internal/leadership/leadershiptest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAlone(t *testing.T) {
	t.Parallel()
	leadershiptest.Exercise(t, func(*testing.T) []leadershiptest.Candidate {
		const address = "http://localhost:8090"
		return []leadershiptest.Candidate{{Leadership: leadership.NewAlone(address), Address: address}}
	})
}

// The seat that other tests take away is a leadership like any other.
func TestSeat(t *testing.T) {
	t.Parallel()
	leadershiptest.Exercise(t, func(*testing.T) []leadershiptest.Candidate {
		const address = "http://localhost:8090"
		return []leadershiptest.Candidate{{Leadership: leadershiptest.NewSeat(address), Address: address}}
	})
}
