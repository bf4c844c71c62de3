package seal

import (
	"context"

	"ovate/internal/metadata"
)

// SealRecords seals the secrets of records of a kind that are stored as they are, or by another key, by the first one. A server does so whenever it starts with those that are few,
// beside others that may run; what else is stored waits for SealAll.
func (k *Keys) SealRecords(ctx context.Context, s metadata.Store, kind string) (changed int, err error) {
	return k.eachRecord(ctx, s, kind, func(row string, plain []byte) []byte {
		for range sealed(plain) {
			return nil // what no key here opens: sealed once more it would be lost
		}
		return k.Seal(row, plain)
	})
}
