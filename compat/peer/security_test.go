//go:build peer

package peer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ovate/compat/replay"
	"ovate/internal/auth"
)

// securityVersion is that of Druid's basic security: Maven does not have the one of Version.
const securityVersion = "37.0.0"

// TestSecurity asks the classes of Druid's basic security what they permit, and compares with what was recorded, by which ovate is tested
// (internal/auth.TestAsDruid); and has them check passwords that were hashed here.
func TestSecurity(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	file := filepath.Join("..", "testdata", "permissions.jsonl")
	all, err := replay.LoadPermissions(file)
	if err != nil {
		t.Fatal(err)
	}
	var questions []any
	for _, p := range all {
		permission := map[string]any{"resourceAction": auth.Permit(auth.Read, auth.TypeDataSource, p.Pattern), "resourceNamePattern": p.Pattern}
		questions = append(questions, map[string]any{
			"user": "joe", "action": "READ", "type": "DATASOURCE", "name": p.Name, "grants": map[string]any{
				"userMap": map[string]any{"joe": auth.Granted{Name: "joe", Roles: []string{"r"}}},
				"roleMap": map[string]any{"r": map[string]any{"name": "r", "permissions": []any{permission}}},
			},
		})
	}
	credentials, err := auth.NewCredentials("pässwörd", 1000)
	if err != nil {
		t.Fatal(err)
	}
	users := map[string]any{"joe": map[string]any{"name": "joe", "credentials": credentials}}
	for _, password := range []string{"pässwörd", "passwort"} {
		questions = append(questions, map[string]any{"users": users, "user": "joe", "password": password})
	}
	answers := securitySays(ctx, t, questions)
	if got := fmt.Sprint(answers[len(all):]); got != "[true false]" {
		t.Errorf("with the right password and a wrong one Druid says %s", got)
	}
	for i, answer := range answers[:len(all)] {
		if answer != all[i].Druid && !*recordActions {
			t.Errorf("%q for %q: Druid says %s, but recorded is %s", all[i].Pattern, all[i].Name, answer, all[i].Druid)
		}
		all[i].Druid = answer
	}
	if *recordActions {
		if err := replay.SavePermissions(file, all); err != nil {
			t.Error(err)
		}
	}
}

// securitySays is what Druid's classes answer to each question.
func securitySays(ctx context.Context, t *testing.T, questions []any) (answers []string) {
	t.Helper()
	lib, err := Install(ctx, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	extension, err := ensure(ctx, os.Stderr, "security-"+securityVersion, dependency("org.apache.druid.extensions", "druid-basic-security", securityVersion))
	if err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	for _, q := range questions {
		if err := json.NewEncoder(&lines).Encode(q); err != nil {
			t.Fatal(err)
		}
	}
	cmd := Java(ctx, lib, "-cp", jars(extension)+string(os.PathListSeparator)+jars(lib), filepath.Join("security", "Security.java"))
	var log bytes.Buffer
	cmd.Stdin, cmd.Stderr = &lines, &log
	said, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, log.Bytes())
	}
	for line := range bytes.Lines(said) {
		answers = append(answers, string(bytes.TrimSpace(line)))
	}
	if len(answers) != len(questions) {
		t.Fatalf("%d answers to %d questions:\n%s", len(answers), len(questions), log.Bytes())
	}
	return answers
}
