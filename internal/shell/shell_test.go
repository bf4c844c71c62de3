package shell

import (
	"os/exec"
	"testing"
)

// A shell takes what is written for the text itself.
func TestShellsTakeTheText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a", "Created at", "US$ amount", "$HOME", "`ls`", `say "x"`, "it's", `it's "$5"`, `a\b`, "wow!", "Débit (€)", "a;b|c&d", "*", "~", "#1", "", "two\nlines"} {
		for _, write := range []func(string) string{Quote, Word} {
			out, err := exec.CommandContext(t.Context(), "sh", "-c", "printf %s "+write(text)).Output()
			if err != nil || string(out) != text {
				t.Errorf("%s: %q, %v", write(text), out, err)
			}
		}
	}
	if Word("time=string") != "time=string" || Quote("a") != `"a"` {
		t.Error(Word("time=string"), Quote("a"))
	}
}
