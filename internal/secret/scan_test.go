package secret

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/internal/cputime"
)

// What is looked for in a text, as expressions, which take far longer.
var (
	memberIn   = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"\s*:\s*`)
	argumentIn = regexp.MustCompile(`(\w+)"?\s*=>\s*('(?:[^']|'')*')`)
	optionIn   = regexp.MustCompile(`(?s)(\w+)\s*=\s*("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s;"']+)`)
	keyIn      = regexp.MustCompile(`(?s)(-----BEGIN [A-Z ]*PRIVATE KEY-----)(.*?)(-----END |$)`)
)

// What is found by steps is what the expressions find.
func TestScan(t *testing.T) {
	t.Parallel()
	pieces := []string{`"`, `\`, `'`, `''`, "=", "=>", ":", " ", "\n", "\f", ";", "a", "pass", "é", "\xff", ",", "{", "-----BEGIN ", "PRIVATE KEY", "RSA ", "-----", "-----END ", ">"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 40).Draw(t, "text"), "")
		var want, got []string
		for _, m := range memberIn.FindAllStringSubmatchIndex(text, -1) {
			want = append(want, fmt.Sprint("member ", m[2], m[3], m[1]))
		}
		for _, m := range argumentIn.FindAllStringSubmatchIndex(text, -1) {
			want = append(want, fmt.Sprint("argument ", m[2:]))
		}
		for _, m := range optionIn.FindAllStringSubmatchIndex(text, -1) {
			want = append(want, fmt.Sprint("option ", m[2:]))
		}
		for m, is := nextMember(text, 0); is; m, is = nextMember(text, m.end) {
			got = append(got, fmt.Sprint("member ", m.name, m.nameEnd, m.end))
		}
		for n, is := nextArgument(text, 0); is; n, is = nextArgument(text, n.end) {
			got = append(got, fmt.Sprint("argument ", []int{n.name, n.nameEnd, n.value, n.end}))
		}
		for n, is := nextOption(text, 0); is; n, is = nextOption(text, n.end) {
			got = append(got, fmt.Sprint("option ", []int{n.name, n.nameEnd, n.value, n.end}))
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%q: %s, want %s", text, got, want)
		}
		s := shower{}
		if got, want := s.keys(text), keyIn.ReplaceAllString(text, "$1***$3"); got != want {
			t.Fatalf("%q: %q, want %q", text, got, want)
		}
	})
}

// A long text is looked at in a time that grows with its length alone, whatever it has: these are what steps might go over again and again.
func TestLongTexts(t *testing.T) {
	for _, piece := range []string{
		`\"`, `\\\"`, `\"a\":1,`, `a=>`, `a=>'`, `=>''`, `LoginModule a=`, `a=\"`, `a='`, ` = `, `-----BEGIN `, `-----BEGIN PRIVATE KEY-----`, `http://`, `a:b@`, `://`, `\n`, `\\\n\"`, `password=>'x`,
		`\"password\":`, `LoginModule password=\"`,
	} {
		spent := func(n int) float64 {
			text := []byte(`{"data":"` + strings.Repeat(piece, n) + `LoginModule => PRIVATE KEY-----"}`)
			return cputime.Of(func() { Hide(text); Placeholder(text) }).Seconds()
		}
		if few, many := spent(20_000), spent(200_000); many > 0.5 && many > 40*few {
			t.Errorf("%s: %.2f s for ten times what takes %.2f", piece, many, few)
		}
	}
}

func BenchmarkHideInline(b *testing.B) {
	for name, line := range map[string]string{"json": `{\"t\":\"2026-01-01\",\"x\":1}\n`, "csv": `2026-01-01,7,abc\n`, "urls": `http://a.example/b?c=d,2026-01-01T00:00:00\n`} {
		text := []byte(`{"inputSource":{"type":"inline","data":"` + strings.Repeat(line, (1<<20)/len(line)) + `"}}`)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for range b.N {
				Hide(text)
			}
		})
	}
}
