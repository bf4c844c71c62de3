package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOwn: what the server keeps, and whatever is secret, is its own, the file of properties with the passwords in it included.
func TestOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	properties := at("runtime.properties")
	text := strings.Join([]string{"ovate.data=" + dir, "ovate.audit.path=" + at("audit"), "ovate.audit.keep=2", `druid.auth.authenticatorChain=["t"]`,
		"druid.auth.authenticator.t.type=token", "druid.auth.authenticator.t.file=" + at("tokens"), "druid.auth.authenticator.t.authorizerName=allowAll"}, "\n")
	if err := os.WriteFile(properties, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(Sources{Files: []string{properties}})
	if err != nil {
		t.Fatal(err)
	}
	own := c.Own()
	for _, want := range []string{"uploads", "segments", "indexing-logs", "metadata.db", "metadata.db-wal", "ovate.lock", "ovate.address", "ovate.runs", "audit", "audit.1", "audit.2", "audit.unknown", "audit.unknown.2", "tokens", "runtime.properties"} {
		if !slices.Contains(own, at(want)) {
			t.Errorf("%s is not among %q", want, own)
		}
	}
	if slices.Contains(own, "") {
		t.Errorf("a path is empty, which is where the server runs: %q", own)
	}
}
