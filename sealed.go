package ovate

import (
	"context"

	"ovate/internal/seal"
)

// sealMetadata has secrets be sealed from now on in what is stored, if there is a key, and fails unless all that was sealed before can be opened.
func (s *Server) sealMetadata(ctx context.Context) error {
	keys := s.config.Sealing.Keys
	if err := seal.Check(ctx, s.store, keys); err != nil || keys == nil {
		return err
	}
	if err := keys.Begin(ctx, s.store); err != nil {
		return err
	}
	s.store = seal.Store(s.store, keys)
	return nil
}
