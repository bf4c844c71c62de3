package config

import (
	"fmt"
	"os"

	"ovate/internal/password"
	"ovate/internal/seal"
)

// Sealing is how secrets are kept in the metadata. It is checked when it is read, so that nobody finds out later that secrets lie open.
type Sealing struct {
	Keys *seal.Keys // nil: as they are

	file, given string
	onlyOvate   bool
}

// sealKeys are the properties about it.
func sealKeys() []key {
	return []key{
		{"ovate.store.keyFile", "", optional(func(c *Config, v string) error { return setPath(&c.Sealing.file, v) })},
		{"ovate.store.key", "", func(c *Config, v string) error { c.Sealing.given = v; return nil }},
		{"ovate.store.onlyOvate", "false", func(c *Config, v string) error { return setBool(&c.Sealing.onlyOvate, v) }},
	}
}

// settleSealing reads the keys. A Java Overlord on the same database would take what is sealed for the secret itself.
func (c *Config) settleSealing() (err error) {
	s, property := &c.Sealing, "ovate.store.keyFile"
	var text string
	switch {
	case s.file != "" && s.given != "":
		return c.Refusal(property, "must not be set together with ovate.store.key: a file may have several keys")
	case s.file != "":
		var read []byte
		read, err = os.ReadFile(s.file)
		text = string(read)
	case s.given != "":
		property = "ovate.store.key"
		text, err = password.Read(s.given, os.LookupEnv)
	default:
		return nil
	}
	if err == nil {
		s.Keys, err = seal.ParseKeys(text)
	}
	if err != nil {
		return c.Refusal(property, fmt.Sprintf("cannot be used: %v", err))
	}
	if c.Cluster.ZooKeeper != nil && !s.onlyOvate {
		return c.Refusal("ovate.store.onlyOvate", "must be true, which says that no Overlord of Java ever leads on this database, since "+property+
			" is set and others may lead: it would use sealed secrets as if they were the secrets themselves (docs/security.md)")
	}
	return nil
}
