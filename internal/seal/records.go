package seal

import (
	"context"

	"ovate/internal/metadata"
)

// hookKind is the kind of the records of webhooks.
const hookKind = "webhook"

// recordKinds are the kinds of records whose payloads may have secrets in them: those of packages submission, webhook and label.
func recordKinds() []string {
	return []string{hookKind, "webhook.delivery", "webhook.delivered", "submission", "submission.ended", "submission.task", "label.task"}
}

// SealHooks seals the secrets of webhooks that are stored as they are, or by another key, by the first one. They are few, so that a server does so whenever
// it starts, beside others that may run; what else is stored waits for SealAll.
func (k *Keys) SealHooks(ctx context.Context, s metadata.Store) (changed int, err error) {
	return k.eachRecord(ctx, s, hookKind, func(row string, plain []byte) []byte {
		for range sealed(plain) {
			return nil // what no key here opens: sealed once more it would be lost
		}
		return k.Seal(row, plain)
	})
}
