package config

import (
	"path/filepath"
	"time"
)

// Uploads says how much of the files that people send is kept, and for how long.
type Uploads struct {
	MaxSize  int64         // bytes of one
	MaxTotal int64         // bytes of all together, with the copies that are made of them
	Retain   time.Duration // of one that nobody uses
}

// UploadFolder is where they are.
func (c *Config) UploadFolder() string { return filepath.Join(c.Folder(), "uploads") }

// uploadKeys bound the files that people send.
func uploadKeys() []key {
	return []key{
		{"ovate.uploads.maxSize", "1GiB", func(c *Config, v string) error { return setSize(&c.Uploads.MaxSize, v, 1) }},
		{"ovate.uploads.maxTotal", "10GiB", func(c *Config, v string) error { return setSize(&c.Uploads.MaxTotal, v, 1) }},
		{"ovate.uploads.retain", "P7D", func(c *Config, v string) error { return setPeriod(&c.Uploads.Retain, v) }},
	}
}
