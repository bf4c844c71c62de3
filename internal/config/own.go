package config

import (
	"path/filepath"
	"slices"

	"ovate/internal/auditlog"
	"ovate/internal/datadir"
	"ovate/internal/runs"
)

// Own are the files and folders that are this server's and nobody's input: those in which it keeps what it knows, what others have sent or stored, and what
// is secret. Some may not be there.
func (c *Config) Own() []string {
	own := []string{c.UploadFolder(), c.DeepStorage.Directory, c.DeepStorage.Staging, c.TaskLogs.Directory, c.Sealing.file}
	for _, name := range []string{datadir.LockFile, datadir.AddressFile, runs.File} {
		own = append(own, filepath.Join(c.Folder(), name))
	}
	if c.Metadata.Type == SQLite {
		for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
			own = append(own, c.Metadata.Path+suffix)
		}
	}
	if c.Audit.Path != "" {
		own = append(own, auditlog.Paths(c.Audit.Path, c.Audit.Keep)...)
	}
	for _, a := range c.Auth.Authenticators {
		own = append(own, a.File)
	}
	own = append(own, c.TLS.Server.Identity.Files()...)
	own = append(own, c.TLS.Client.Identity.Files()...)
	return slices.DeleteFunc(append(own, c.files...), func(path string) bool { return path == "" })
}
