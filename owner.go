package ovate

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"

	"golang.org/x/sys/unix"

	"ovate/internal/deepstorage/local"
	"ovate/internal/metadata"
)

// ownerKey is where druid_config keeps who owns the metadata.
const ownerKey = "ovate.owner"

// ownerOf is a number that was drawn for the metadata when a server first used them, and stays with them. It tells which files in deep
// storage were pushed for these metadata, where several servers share one. The file's inode is kept with it: a copy of the database draws
// a number of its own, as what either of the two servers pushes from then on is unknown to the other. One that cannot be read stays as
// it is: pushes are nobody's then.
func ownerOf(store metadata.Store, path string, log *slog.Logger) (owner local.Owner, err error) {
	var file unix.Stat_t
	if err := unix.Stat(path, &file); err != nil {
		return owner, fmt.Errorf("metadata database %s: %w", path, err)
	}
	ctx := context.Background()
	text, err := store.Config(ctx, ownerKey)
	if err == nil {
		var number []byte
		var inode uint64
		if n, err := fmt.Sscanf(string(text), "%x %d", &number, &inode); err != nil || n != 2 || len(number) != len(owner) {
			log.Error("the owner of the metadata cannot be read; files that are pushed and never published cannot be told from those of other servers",
				"table", "config", "name", ownerKey, "payload", string(text))
			return owner, nil
		}
		if inode == file.Ino {
			return local.Owner(number), nil
		}
		log.Info("the database is a copy, or was moved to another disk: what was pushed so far counts as pushed by another server", "file", path)
	} else if !errors.Is(err, metadata.ErrNotFound) {
		return owner, fmt.Errorf("config %s of the metadata: %w", ownerKey, err)
	}
	rand.Read(owner[:])
	err = store.Update(ctx, func(tx metadata.Tx) error { return tx.SetConfig(ownerKey, fmt.Appendf(nil, "%x %d", owner, file.Ino)) })
	if err != nil {
		return owner, fmt.Errorf("config %s of the metadata: %w", ownerKey, err)
	}
	return owner, nil
}
