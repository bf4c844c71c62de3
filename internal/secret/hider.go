package secret

import (
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/uri"
)

// shortest is how long a secret is that is looked for in texts, as these are full of shorter ones.
const shortest = 4

// Hider makes a function that hides secrets where they appear in a text, as they are or as JSON in JSON has them.
func Hider(secrets []string) func(string) string {
	var forms []string
	for _, secret := range secrets {
		for range 3 {
			forms = append(forms, secret)
			quoted := druid.AppendString(nil, secret)
			secret = string(quoted[1 : len(quoted)-1])
		}
	}
	// One may be the beginning of another.
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, form := range forms {
		if len(form) >= shortest {
			pairs = append(pairs, form, "***")
		}
	}
	return strings.NewReplacer(pairs...).Replace
}

// HiderOf makes a function that hides in a text what Hide hides in JSON, which must be valid: of those it is sent to some send it back.
func HiderOf(stored []byte) func(string) string {
	s := shower{tells: true}
	s.value(stored, false)
	hide := Hider(s.found)
	return func(text string) string { return uri.RedactIn(hide(text)) }
}
