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
	for _, f := range [][3]string{{"--null", "-x", `--null="-x"`}, {"--null", "x", `--null "x"`}, {"--type", "-$;a=long", `--type='-$\;a=long'`}, {"--drop", "a,b", `--drop 'a\,b'`}} {
		if got := Flag(f[0], f[1]); got != f[2] {
			t.Errorf("%s", got)
		}
	}
	if got := FlagWord("--drop", "-a"); got != "--drop=-a" {
		t.Error(got)
	}
	if Word("time=string") != "time=string" || Quote("a") != `"a"` {
		t.Error(Word("time=string"), Quote("a"))
	}
}
