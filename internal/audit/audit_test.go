package audit_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
)

// An entry that cannot be read is shown as what its columns tell, and why, among the others.
func TestUnreadableEntries(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	damaged := []string{`{"key":"k"`, "{\"key\":\"\xff\"}", "", "[]", "\x00"}
	good := audit.Entry{Key: "k", Type: "k", Payload: []byte(`{"a":1}`), Time: 1000}.Row(audit.WithCaller(t.Context(), audit.Caller{Author: "me"}))
	if err := store.Update(t.Context(), func(tx metadata.Tx) error {
		rows := []metadata.AuditRow{good}
		for i, payload := range damaged {
			rows = append(rows, metadata.AuditRow{Key: "k", Type: "k", Author: "me", Comment: `"why"`, Created: druid.Instant(2000 + i), Payload: []byte(payload)})
		}
		return tx.InsertAudit(rows...)
	}); err != nil {
		t.Fatal(err)
	}
	all, err := audit.Payloads(t.Context(), store, "k", "k", &druid.Eternity, -1)
	if err != nil || len(all) != 1+len(damaged) || string(all[0]) != string(good.Payload) {
		t.Fatalf("%q, %v", all, err)
	}
	for i, entry := range all[1:] {
		var e struct {
			Key, Type, AuditTime, Unreadable string
			AuditInfo                        struct{ Author, Comment string }
			Payload                          *string
		}
		if err := json.Unmarshal(entry, &e); err != nil || !utf8.Valid(entry) {
			t.Errorf("%q is shown as %q: %v", damaged[i], entry, err)
		}
		if e.Key != "k" || e.Type != "k" || e.AuditInfo.Author != "me" || e.AuditInfo.Comment != `"why"` || e.Payload != nil ||
			!strings.HasPrefix(e.AuditTime, "1970-01-01T00:00:02") || !strings.Contains(e.Unreadable, "cannot be read: it is no JSON object") {
			t.Errorf("%q is shown as %s", damaged[i], entry)
		}
	}
}
