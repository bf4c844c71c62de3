package ovate

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"

	"ovate/internal/deepstorage/local"
	"ovate/internal/metadata"
)

// ownerKey is where druid_config keeps who owns the metadata.
const ownerKey = "ovate.owner"

// ownerOf is a number that was drawn for the metadata when a server first used them, and stays with them. It tells which files in deep
// storage were pushed for these metadata, where several servers share one. One that cannot be read stays as it is: pushes are nobody's then.
func ownerOf(store metadata.Store, log *slog.Logger) (owner local.Owner, err error) {
	ctx := context.Background()
	text, err := store.Config(ctx, ownerKey)
	if err == nil {
		number, err := hex.DecodeString(string(text))
		if err != nil || len(number) != len(owner) {
			log.Error("the owner of the metadata cannot be read; files that are pushed and never published cannot be told from those of other servers",
				"table", "config", "name", ownerKey, "payload", string(text))
			return owner, nil
		}
		return local.Owner(number), nil
	}
	if errors.Is(err, metadata.ErrNotFound) {
		rand.Read(owner[:])
		err = store.Update(ctx, func(tx metadata.Tx) error { return tx.SetConfig(ownerKey, fmt.Appendf(nil, "%x", owner)) })
	}
	if err != nil {
		return owner, fmt.Errorf("config %s of the metadata: %w", ownerKey, err)
	}
	return owner, nil
}
