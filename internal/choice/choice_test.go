package choice

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// TestIn: a message names its choices as its reader does, with their values as he writes them, and takes nothing else for one.
func TestIn(t *testing.T) {
	t.Parallel()
	mine := func(flag, value string) string {
		if flag == "skip-bad" {
			return ""
		}
		return fmt.Sprintf("<%s:%s>", flag, value)
	}
	for _, c := range [][3]string{
		{"say «--skip-lines 6» «--no-header» if", "say --skip-lines 6 --no-header if", "say <skip-lines:6>, <header:false> if"},
		{"«--fill» makes it null; «--format» or «--comment '#'»", "--fill makes it null; --format or --comment '#'", "<fill:true> makes it null; <format:> or <comment:#>"},
		{"«--type \"v=long\"» «--skip-bad» leaves out", `--type "v=long" --skip-bad leaves out`, "<type:v=long> leaves out"},
		{"«--skip-bad» leaves out", "--skip-bad leaves out", "--skip-bad leaves out"},
		{`in «Paris» psql --csv --header is no choice`, `in «Paris» psql --csv --header is no choice`, `in «Paris» psql --csv --header is no choice`},
		{Flag("--null", "-a»b") + " " + FlagWord("--drop", "it's $5,-"), `--null="-a»b" --drop 'it'\''s $5\,-'`, `<null:-a»b>, <drop:it's $5\,->`},
	} {
		if flags, own := In(c[0], nil), In(c[0], mine); flags != c[1] || own != c[2] {
			t.Errorf("%s\n is %s\nand %s", c[0], flags, own)
		}
	}
	err := Error(fmt.Errorf("say «--no-header»: %w", fs.ErrNotExist), mine)
	if err.Error() != "say <header:false>: file does not exist" || !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// TestPlaces: whatever is told of a file names a choice in a place for it, so that it is told in the words of its reader.
func TestPlaces(t *testing.T) {
	t.Parallel()
	flag := regexp.MustCompile(`--(append|columns|comment|delimiter|drop|encoding|escape|fill|format|header|json-path|no-fill|no-header|null|quote|skip-bad|skip-lines|time|time-column|time-format|time-zone|type)\b`)
	placed := regexp.MustCompile(`«[^»]*(»|$)`)
	whole := regexp.MustCompile(`^--[a-z-]+$`) // of Flag
	for _, dir := range []string{"table", "detect", "detect/timeformat", "note", "preview"} {
		files, err := filepath.Glob(filepath.Join("..", dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		for _, path := range files {
			if matched, _ := filepath.Match("*_test.go", filepath.Base(path)); matched {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				literal, is := n.(*ast.BasicLit)
				if !is || literal.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Error(err)
				}
				if bare := placed.ReplaceAllString(text, ""); flag.MatchString(bare) && !whole.MatchString(text) {
					t.Errorf("%s: %q names a flag out of a place for it", set.Position(literal.Pos()), text)
				}
				return true
			})
		}
	}
}
