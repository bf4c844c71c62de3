package v1

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"ovate/internal/webhook"
)

// TestRoutesAreDescribed: what is answered is described, with its parameters, and nothing else, under ids that are there once.
func TestRoutesAreDescribed(t *testing.T) {
	t.Parallel()
	var told struct {
		Paths map[string]map[string]struct {
			ID         string `json:"operationId"`
			Parameters []struct {
				Name string `json:"name"`
				In   string `json:"in"`
			} `json:"parameters"`
		} `json:"paths"`
		Components struct {
			Schemas map[string]struct {
				Properties struct {
					Events struct {
						Items struct {
							Enum []string `json:"enum"`
						} `json:"items"`
					} `json:"events"`
				} `json:"properties"`
			} `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(description, &told); err != nil {
		t.Fatal(err)
	}
	var described []string
	ids := map[string]bool{}
	for path, verbs := range told.Paths {
		at, ours := strings.CutPrefix(path, Base)
		for verb, operation := range verbs {
			if ours {
				pattern := strings.ToUpper(verb) + " " + at
				described = append(described, pattern)
				var query names
				for _, p := range operation.Parameters {
					if p.In == "query" && p.Name != csrf {
						query = append(query, p.Name)
					}
				}
				if known := routes()[pattern].query; !slices.Equal(slices.Sorted(slices.Values(known)), slices.Sorted(slices.Values(query))) {
					t.Errorf("%s takes the parameters %q, and is described with %q", pattern, known, query)
				}
			}
			if ids[operation.ID] {
				t.Errorf("there are two operations %s", operation.ID)
			}
			ids[operation.ID] = true
		}
	}
	slices.Sort(described)
	if answered := slices.Sorted(maps.Keys(routes())); !slices.Equal(answered, described) {
		t.Errorf("answered are\n%s\nand described are\n%s", strings.Join(answered, "\n"), strings.Join(described, "\n"))
	}
	for _, name := range []string{"Webhook", "WebhookRequest"} {
		if events := told.Components.Schemas[name].Properties.Events.Items.Enum; !slices.Equal(events, webhook.EventNames()) {
			t.Errorf("events of %s are described as %q, and are %q", name, events, webhook.EventNames())
		}
	}
}
