package ovate

import (
	"context"
	"sync"

	"ovate/internal/stores"
)

// askBuckets asks for the buckets of the server beside all else, as answers may take their time: what is certainly wrong ends the server. That is
// over when the returned function has been called.
func (s *Server) askBuckets() (over func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var asking sync.WaitGroup
	asking.Go(func() {
		if err := stores.AskBuckets(ctx, s.config, s.deep, s.logs, s.log); err != nil {
			s.fail(err)
		}
	})
	return func() {
		cancel()
		asking.Wait()
	}
}
