package kafka

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestJAAS has what Java's client of Kafka 3.9 makes of texts, but for names of options that Java reads as none.
func TestJAAS(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[string]string{
		`M required username="u" password="p";`:                     {"username": "u", "password": "p"},
		`M required username='u' password='p"q';`:                   {"username": "u", "password": `p"q`},
		`M required username=u password=p123;`:                      {"username": "u", "password": "p123"},
		"M REQUIRED \t username=\"u\"\n  password=\"p\"\n;\n":       {"username": "u", "password": "p"},
		`M Sufficient a = "b" ;`:                                    {"a": "b"},
		`M optional;`:                                               {},
		`M "REQUISITE" "a"="b"c='d';`:                               {"a": "b", "c": "d"},
		`"M" required a="b" a="c";`:                                 {"a": "c"},
		`M required a="a\"b\\c\x\101\n";`:                           {"a": "a\"b\\cxA\n"},
		`M required a="\777\1234\8\18";`:                            {"a": "?7S48\x018"},
		`M required a="\x\t\a\b\f\r\v\'";`:                          {"a": "x\t\a\b\f\r\v'"},
		`M required a="\377";`:                                      {"a": "ÿ"},
		`M required a="";`:                                          {"a": ""},
		`M required a="ü" b=ü€;`:                                    {"a": "ü", "b": "ü€"},
		`M required a=b1.2-3 a.b-c=$b d=_b e=b-c$_.d;`:              {"a": "b1.2-3", "a.b-c": "$b", "d": "_b", "e": "b-c$_.d"},
		"// comment\n/* more */ M required a=\"b/c\"/*x*/d='//e';/": {"a": "b/c", "d": "//e"},
		`M required a="b"; /* x`:                                    {"a": "b"},
		"M required a=\"b\n; // quotes end with their line":         {"a": "b"},
		"M required / a=\"b\"\n c=d;":                               {"c": "d"},
		`M required a="b"`:                                          nil,
		`M required a=123;`:                                         nil,
		`M required a=1b;`:                                          nil,
		`M required a=.b;`:                                          nil,
		`M required a=-b;`:                                          nil,
		`M required a=a/b;`:                                         nil,
		`M required a=a+b;`:                                         nil,
		`M required a=@b;`:                                          nil,
		`M required a==b;`:                                          nil,
		`M required a="b", c="d";`:                                  nil,
		`M required a="b"; N required c="d";`:                       nil,
		`M required a="b";;`:                                        nil,
		`M required a="b" // hey;`:                                  nil,
		`M required a="b`:                                           nil,
		`M required a="b\`:                                          nil,
		"M required a=\"b\nc\";":                                    nil,
		`M a="b";`:                                                  nil,
		`M;`:                                                        nil,
		`M`:                                                         nil,
		`M required =b;`:                                            nil,
		`M required a;`:                                             nil,
		`M required 1=b;`:                                           nil,
		`M required a="b" ? ;`:                                      nil,
		`KafkaClient { M required a="b"; };`:                        nil,
		`M 1;`:                                                      nil,
		`1 required;`:                                               nil,
		`;`:                                                         nil,
		` `:                                                         nil,
		``:                                                          nil,
		"M required a=\"b\"; # c":                                   nil,
	} {
		l, err := parseJAAS(text)
		if want == nil {
			if err == nil {
				t.Errorf("%q is read as %v", text, l)
			}
			continue
		}
		if diff := cmp.Diff(want, l.options); err != nil || l.module != "M" || diff != "" {
			t.Errorf("%q is read as module %q, %v\n%s", text, l.module, err, diff)
		}
	}
}

// FuzzJAAS looks for texts that are read wrongly: what was written as it has to be is what is read, whatever a value holds, and no error shows a value.
func FuzzJAAS(f *testing.F) {
	for _, seed := range []string{`p`, `p"q\`, "a\nb", `;`, `//`, "\x00", "ü", `M required a="b";`, `\777`, `"`, `'`} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		if l, err := parseJAAS(text); err != nil && (l.module != "" || l.options != nil) {
			t.Fatalf("%q is read as %v, with an error: %v", text, l, err)
		}
		var quoted strings.Builder
		for i := range len(value) {
			if c := value[i]; c < ' ' || c == '"' || c == '\\' {
				fmt.Fprintf(&quoted, `\%03o`, c)
			} else {
				quoted.WriteByte(c)
			}
		}
		written := `M required username="` + quoted.String() + `" password="x";`
		if l, err := parseJAAS(written); err != nil || l.options["username"] != value || l.options["password"] != "x" {
			t.Fatalf("%q is read as %v, %v", written, l, err)
		}
		const secret = "vErYsEcReT"
		if _, err := parseJAAS(`M required username="u" password="` + secret + `"` + text); err != nil && strings.Contains(err.Error(), secret) {
			t.Fatalf("%v", err)
		}
	})
}
