package ovate

import (
	"context"
	"fmt"

	"ovate/internal/seal"
	"ovate/internal/webhook"
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
	if n, err := keys.SealRecords(ctx, s.store, webhook.Kind); err != nil {
		return fmt.Errorf("seal the secrets of webhooks: %w", err)
	} else if n > 0 {
		s.log.Info("secrets of webhooks were sealed that were stored as they are, or by another key", "webhooks", n)
	}
	s.store = seal.Store(s.store, keys)
	return nil
}
