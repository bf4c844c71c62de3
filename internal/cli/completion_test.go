package cli

import (
	"os/exec"
	"strings"
	"testing"
)

func TestCompletion(t *testing.T) {
	t.Parallel()
	run(t, "completion", "fish").expect(t, 0, "complete -c ovate -n '__fish_use_subcommand' -a ingest -d 'Ingest files", "-x -l format -a parquet")
	run(t, "completion", "zsh").expect(t, 0, "bashcompinit", "complete -o default -F _ovate ovate")
	run(t, "completion", "tcsh").expect(t, 2, "bash")
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash")
	}
	script := run(t, "completion", "bash").out
	for line, want := range map[string]string{
		"ovate inge":                       "ingest",
		"ovate segment ":                   "info dump",
		"ovate dump s --fo":                "--format",
		"ovate dump s --format p":          "parquet",
		"ovate dump --format csv --output": "--output",
		"ovate completion f":               "fish",
		"ovate status some-id --ur":        "--url",
		"ovate nothing-li":                 "",
	} {
		words := strings.Split(line, " ")
		program := script + "\nCOMP_WORDS=('" + strings.Join(words, "' '") + "'); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _ovate; echo \"${COMPREPLY[*]}\""
		out, err := exec.CommandContext(t.Context(), bash, "-c", program).CombinedOutput()
		if got := strings.TrimSuffix(string(out), "\n"); err != nil || got != want {
			t.Errorf("%q completes to %q, want %q; %v", line, got, want, err)
		}
	}
}
