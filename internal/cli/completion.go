package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type completion struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help tells how to install what it prints.
func (*completion) Help() string {
	return "Prints a script that lets a shell complete commands, flags and their values. What it does not know is completed as a file.\n\n" + examples(
		"bash, in ~/.bashrc", `eval "$(ovate completion bash)"`,
		"zsh, in ~/.zshrc after compinit", `eval "$(ovate completion zsh)"`,
		"fish", "ovate completion fish > ~/.config/fish/completions/ovate.fish",
	)
}

// Run prints the script.
func (c *completion) Run(app *kong.Kong, streams *Streams) error {
	var all []suggestion
	suggestions(app.Model.Node, "", &all)
	script := map[string]func(io.Writer, []suggestion) error{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[c.Shell]
	return script(streams.Out, all)
}

// suggestion is the words that may follow other words of the command line.
type suggestion struct {
	after string // the commands before it, and perhaps a flag: "segment dump --limit"
	words []string
	helps []string // of the words; empty for values of a flag
}

// suggestions walks the commands down from one of them.
func suggestions(node *kong.Node, path string, all *[]suggestion) {
	here := suggestion{after: path}
	for _, child := range node.Children {
		if !child.Hidden {
			here.words, here.helps = append(here.words, child.Name), append(here.helps, child.Help)
		}
	}
	for _, arg := range node.Positional {
		if arg.Enum != "" {
			for _, value := range arg.EnumSlice() {
				here.words, here.helps = append(here.words, value), append(here.helps, "")
			}
		}
	}
	var values []suggestion
	for _, flag := range node.Flags {
		if flag.Hidden {
			continue
		}
		names := []string{"--" + flag.Name}
		if flag.Short != 0 {
			names = append(names, "-"+string(flag.Short))
		}
		for _, name := range names {
			here.words, here.helps = append(here.words, name), append(here.helps, flag.Help)
			if flag.Enum != "" {
				values = append(values, suggestion{after: strings.TrimSpace(path + " " + name), words: flag.EnumSlice()})
			}
		}
	}
	*all = append(append(*all, here), values...)
	for _, child := range node.Children {
		if !child.Hidden {
			suggestions(child, strings.TrimSpace(path+" "+child.Name), all)
		}
	}
}

// bashScript finds the commands on the line, ignoring flags, and offers what follows them, or the values of the flag just before.
const bashScript = `_ovate_words() {
  case "$1" in
%s  esac
}
_ovate() {
  local path="" word i values current="${COMP_WORDS[COMP_CWORD]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    if [[ "$word" != -* && " $(_ovate_words "$path") " == *" $word "* ]]; then
      path="${path:+$path }$word"
    fi
  done
  values="$(_ovate_words "${path:+$path }${COMP_WORDS[COMP_CWORD-1]}")"
  if [[ "${COMP_WORDS[COMP_CWORD-1]}" == -* && -n "$values" ]]; then
    COMPREPLY=($(compgen -W "$values" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$(_ovate_words "$path")" -- "$current"))
  fi
}
complete -o default -F _ovate ovate
`

func bashCompletion(w io.Writer, all []suggestion) error {
	var cases strings.Builder
	for _, s := range all {
		fmt.Fprintf(&cases, "    %q) echo %q ;;\n", s.after, strings.Join(s.words, " "))
	}
	_, err := fmt.Fprintf(w, bashScript, cases.String())
	return err
}

// zshCompletion is that of bash, which zsh can run.
func zshCompletion(w io.Writer, all []suggestion) error {
	if _, err := io.WriteString(w, "autoload -U +X bashcompinit && bashcompinit\n"); err != nil {
		return err
	}
	return bashCompletion(w, all)
}

func fishCompletion(w io.Writer, all []suggestion) error {
	quote := func(text string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
	}
	var script strings.Builder
	for _, s := range all {
		commands, flag, _ := strings.Cut(" "+s.after, " -")
		condition := "__fish_use_subcommand"
		if seen := strings.Fields(commands); len(seen) > 0 {
			condition = "__fish_seen_subcommand_from " + strings.Join(seen, "; and __fish_seen_subcommand_from ")
		}
		for i, word := range s.words {
			line := "complete -c ovate -n " + quote(condition)
			switch {
			case flag != "":
				if !strings.HasPrefix(flag, "-") {
					continue // fish has the values by the long name
				}
				line += " -x -l " + strings.TrimPrefix(flag, "-") + " -a " + word
			case strings.HasPrefix(word, "--"):
				line += " -l " + strings.TrimPrefix(word, "--")
			case strings.HasPrefix(word, "-"):
				line += " -s " + strings.TrimPrefix(word, "-")
			default:
				line += " -a " + word
			}
			if len(s.helps) > i && s.helps[i] != "" {
				line += " -d " + quote(s.helps[i])
			}
			script.WriteString(line + "\n")
		}
	}
	_, err := io.WriteString(w, script.String())
	return err
}
