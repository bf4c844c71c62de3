package auth_test

import (
	"path/filepath"
	"testing"

	"ovate/compat/replay"
	"ovate/internal/auth"
)

// Nothing is permitted here that Druid does not permit by the same permission; what Druid permits is, but for patterns that cannot be told here, names with
// control characters, and others than ASCII where a pattern has flags.
func TestAsDruid(t *testing.T) {
	t.Parallel()
	all, err := replay.LoadPermissions(filepath.Join("..", "..", "compat", "testdata", "permissions.jsonl"))
	if err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	permitted, missing := 0, map[string]int{}
	for _, p := range all {
		roles := new(auth.Roles)
		refused := roles.SetGrants(&auth.Grants{
			Users: map[string]auth.Granted{"joe": {Roles: []string{"r"}}},
			Roles: map[string]auth.Role{"r": {Permissions: []auth.ResourceAction{auth.Permit(auth.Read, auth.TypeDataSource, p.Pattern)}}},
		})
		ours := roles.May("joe", auth.Read, auth.DataSource(p.Name))
		switch {
		case ours && p.Druid != "true":
			t.Errorf("%q permits %q here; Druid says %s", p.Pattern, p.Name, p.Druid)
		case ours:
			permitted++
		case p.Druid == "true" && refused == nil:
			missing[p.Pattern]++
		}
	}
	for _, usual := range []string{"wiki", "wiki.*", "a|b", "STATE|CONFIG", `web_\d{2}`, `\Qa.b[\E.`, `[\w-]+`} {
		if missing[usual] > 0 {
			t.Errorf("%q permits %d names less here than in Druid", usual, missing[usual])
		}
	}
	if permitted < 300 {
		t.Errorf("of %d cases %d are permitted", len(all), permitted)
	}
	t.Logf("permitted %d; in Druid alone, by pattern: %v", permitted, missing)
}
