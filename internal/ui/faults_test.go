package ui

import (
	"net/url"
	"strings"
	"testing"

	"ovate/internal/auth"
)

// All that is wrong with a spec is told, each with its line; so is a type that nobody knows.
func TestFaultsOfASpec(t *testing.T) {
	t.Parallel()
	u, _ := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	wrong := strings.Replace(strings.Replace(example, `"DAY"`, `"DAILY"`, 1), `"format": "iso"`, `"format": 7, "missingValue": "never"`, 1)
	wrong = strings.Replace(wrong, `"appendToExisting": false`, `"appendToExisting": "perhaps"`, 1)
	for spec, says := range map[string][]string{
		wrong: {`<span class="bad">   `, "Besides:", "<li>Line 14: spec.ioConfig.appendToExisting"},
		strings.Replace(example, `"type": "index_parallel"`, `"type": "indx_parallel"`, 1): {"indx_parallel", `<span class="bad">   2  `},
	} {
		w := send(u, "POST", "/submit", url.Values{"spec": {spec}, "action": {"check"}})
		for _, text := range says {
			if w.Code != 400 || !strings.Contains(w.Body.String(), text) {
				t.Errorf("%q is not told: %d %s", text, w.Code, w.Body)
			}
		}
	}
	document := []byte("{\n \"schedulerConfig\": {\n  \"schedule\": \"x\"}}")
	for sentence, line := range map[string]int{"Field [schedulerConfig.schedule] is [x]": 3, "Field [schedulerConfig] is": 2, "Something else": 0} {
		if got := lineNamed(document, sentence); got != line {
			t.Errorf("%s: line %d, want %d", sentence, got, line)
		}
	}
}
