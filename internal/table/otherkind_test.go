package table

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/internal/choice"
)

// What is no table is refused with what it is, and tables that look a little like it are read.
func TestOtherKinds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, why string }{
		{"a.yaml", "- id: 1\n  v: a\n- id: 2\n  v: b\n", "is YAML"},
		{"a.txt", "# made today\n- id: 1\n  v:\n    - x\n- id: 2\n", "is YAML"},
		{"a.txt", "---\n- id: 1\n  v: a\n", "is YAML"},
		{"a.yml", "a: 1\nb: 2\n", "yq -o json"},
		{"a.ini", "[a]\nx=1\ny=z\n", "settings in sections"},
		{"a.txt", "; made today\n[test]\nx = 1\n\n[[b]]\ny: z\n", "settings in sections"},
		{"a.properties", "a.b=1\n# more\nc.d = x\n", "holds settings"},
		{"a.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 123\n", "git lfs pull"},
		{"a.json", ")]}',\n[{\"a\":1}]\n", "--skip-lines 1 leaves it out"},
		{"a.json", ")]}'\n{\"a\":1}\n", "--skip-lines 1 leaves it out"},
		{"a.json", ")]}',[{\"a\":1}]\n", "remove it"},
		{"a.json", "[{\"a\":1}]\n[{\"a\":2}]\n", "jq -c '.[]'"},
		{"a.txt", "# A tibble: 2 × 2\n     id v    \n  <dbl> <chr>\n1     1 a    \n2     2 b    \n", "what R prints of a tibble"},

		{"a.txt", "a: 1\nb: 2\n", ""},
		{"a.txt", "- 5\n- 6\n- 7\n", ""},
		{"a.csv", "[a],b\nx=1,2\n", ""},
		{"a.csv", "[a]\n1\n2\n", ""},
		{"a.txt", "x=1\ny=2\n", ""},
		{"a.json", "[1,{\"a\":1}]\n[2,{\"a\":2}]\n", ""},
		{"a.json", "\x1e{\"a\":1}\n\x1e{\"a\":2}\n", ""},
		{"a.csv", "version https://example.com,b\n1,2\n", ""},
		{"a.csv", "# A tibble: 2 x 2 of mine\nid,v\n1,2\n", ""},
	} {
		path := filepath.Join(t.TempDir(), test.name)
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		in, err := Open(t.Context(), []string{path}, Options{})
		switch {
		case err == nil:
			if err := in.Close(); err != nil || test.why != "" {
				t.Errorf("%q is read: %v", test.text, err)
			}
		case test.why == "" || !strings.Contains(choice.In(err.Error(), nil), test.why):
			t.Errorf("%q: %v, want %q", test.text, err, test.why)
		}
	}
}
