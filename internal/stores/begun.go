package stores

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"ovate/internal/config"
	"ovate/internal/runs"
)

// notEmptied looks whether the database that is about to be begun was there before: each start leaves a journal beside it. One that was cut off to nothing
// is refused, as nobody means that; one that is missing may have been removed on purpose, and is told.
func notEmptied(c *config.Config, log *slog.Logger) error {
	info, err := os.Stat(c.Metadata.Path)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing || err == nil && info.Size() > 0 {
		return nil // what cannot be looked at cannot be opened either
	}
	journal := filepath.Join(c.Folder(), runs.File)
	if _, err := os.Stat(journal); err != nil {
		return nil
	}
	if missing {
		log.Warn("the database is missing although a server has worked here before: a new one is begun, in which nothing is stored; if it was moved, stop this server and move it back", "database", c.Metadata.Path, "journal", journal)
		return nil
	}
	return fmt.Errorf("metadata database %s: it is empty although a server has worked here before (%s): it was cut off. Put a copy back in its place; "+
		"or remove it to begin a new one, in which nothing is stored", c.Metadata.Path, journal)
}
