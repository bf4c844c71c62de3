package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The commands take the keys from where the server takes them, and make nothing where nothing is; what they do is tried in apptest.TestSealedSecrets.
func TestSecrets(t *testing.T) {
	t.Parallel()
	made := run(t, "secrets", "key")
	made.expect(t, 0, "", "")
	if len(strings.TrimSpace(made.out)) != 44 || run(t, "secrets", "key").out == made.out {
		t.Errorf("a key is %q", made.out)
	}
	key := filepath.Join(t.TempDir(), "store.key")
	if err := os.WriteFile(key, []byte(made.out), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"seal", "open"} {
		nowhere := filepath.Join(t.TempDir(), "nowhere")
		run(t, "secrets", what, "--data", nowhere).expect(t, 2, "", "ovate.store.keyFile, or ovate.store.key, must say")
		run(t, "secrets", what, "--data", nowhere, "-D", "ovate.store.key=hush").expect(t, 2, "", "key 1 must be 32 bytes")
		run(t, "secrets", what, "--data", nowhere, "-D", "ovate.store.keyFile="+key).expect(t, 2, "", "there is no metadata")
		if _, err := os.Stat(nowhere); err == nil {
			t.Errorf("%s makes a data folder", what)
		}
	}
}
