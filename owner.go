package ovate

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"

	"ovate/internal/deepstorage"
	"ovate/internal/metadata"
)

// ownerKey is where druid_config keeps who owns the metadata.
const ownerKey = "ovate.owner"

// ownerOf is a number that was drawn for the metadata when a server first used them, and stays with them. It tells which files in deep
// storage were pushed for these metadata, where several servers share one. It is kept with the
// identity of the database: a copy draws a number of its own, as what either of the two servers pushes from then on is unknown to the other. One that cannot be read stays as
// it is: pushes are nobody's then.
func ownerOf(ctx context.Context, store metadata.Store, log *slog.Logger) (owner deepstorage.Owner, err error) {
	text, err := store.Config(ctx, ownerKey)
	if err == nil {
		var number []byte
		var database string
		if n, err := fmt.Sscanf(string(text), "%x %s", &number, &database); err != nil || n != 2 || len(number) != len(owner) {
			log.Error("the owner of the metadata cannot be read; files that are pushed and never published cannot be told from those of other servers",
				"table", "config", "name", ownerKey, "payload", string(text))
			return owner, nil
		}
		if database == store.Identity() {
			return deepstorage.Owner(number), nil
		}
		log.Info("the database is a copy, or was moved to another disk or machine, or was last used by an earlier version: what was pushed so far counts as pushed by another server")
	} else if !errors.Is(err, metadata.ErrNotFound) {
		return owner, fmt.Errorf("config %s of the metadata: %w", ownerKey, err)
	}
	rand.Read(owner[:])
	err = store.Update(ctx, func(tx metadata.Tx) error {
		return tx.SwapConfig(ownerKey, text, fmt.Appendf(nil, "%x %s", owner, store.Identity()))
	})
	if errors.Is(err, metadata.ErrChanged) { // another server that begins at the same moment has drawn the number
		return ownerOf(ctx, store, log)
	}
	if err != nil {
		return owner, fmt.Errorf("config %s of the metadata: %w", ownerKey, err)
	}
	return owner, nil
}
