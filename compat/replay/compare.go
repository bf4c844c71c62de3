package replay

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Save writes what was noted of a section into a folder, a line for each step.
func Save(dir string, s Section, noted []Noted) error {
	var text strings.Builder
	for _, n := range noted {
		text.Write(marshal(n))
		text.WriteByte('\n')
	}
	return os.WriteFile(filepath.Join(dir, s.Name+".jsonl"), []byte(text.String()), 0o644)
}

// Load reads what Save has written.
func Load(dir string, s Section) (noted []Noted, err error) {
	text, err := os.ReadFile(filepath.Join(dir, s.Name+".jsonl"))
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		var n Noted
		if err := json.Unmarshal([]byte(line), &n); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		noted = append(noted, n)
	}
	return noted, nil
}

// Compare tells where ovate has done something else than Druid did, but for what differs on purpose. The words of an error are each one's own.
func Compare(s Section, druid, ovate []Noted) (all []string) {
	if len(druid) != len(s.Steps) || len(ovate) != len(s.Steps) {
		return []string{fmt.Sprintf("%s has %d steps, Druid's answers are to %d, and ovate's to %d: record them again", s.Name, len(s.Steps), len(druid), len(ovate))}
	}
	for i, step := range s.Steps {
		d, o := druid[i], ovate[i]
		said := func(what string) {
			all = append(all, fmt.Sprintf("%s/%d %s: %s\nDruid: %d %s%s\novate: %d %s%s", s.Name, i, step.Body, what, d.Status, d.Answer, table(d.Rows), o.Status, o.Answer, table(o.Rows)))
		}
		same := same(d, o)
		switch {
		case d.Body != step.Body:
			said("was another request when it was recorded: record it again")
		case step.Differs == "" && !same:
			said("differs")
		case step.Differs != "" && same:
			said("is said to differ (" + step.Differs + "), but does not")
		case step.Differs != "" && !regexp.MustCompile(`^(?s:`+step.Ovate+`)$`).MatchString(fmt.Sprintf("%d %s%s", o.Status, o.Answer, table(o.Rows))):
			said("is neither Druid's nor " + step.Ovate)
		}
	}
	return all
}

// same is whether two are the same. What is refused is refused with 400, where Druid often says 500.
func same(d, o Noted) bool {
	if d.Status >= http.StatusBadRequest {
		return o.Status == http.StatusBadRequest
	}
	return d.Status == o.Status && string(d.Answer) == string(o.Answer) && table(d.Rows) == table(o.Rows)
}

func table(rows Rows) string {
	if rows == nil {
		return ""
	}
	var text strings.Builder
	for _, t := range tables {
		for _, row := range rows[t.name] {
			fmt.Fprintf(&text, "\n  %s %s", t.name, row)
		}
	}
	return text.String()
}
