package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"ovate/internal/auth"
	"ovate/internal/inventory"
	"ovate/segment"
)

// Of a segment with very many columns the page has the first, and says where the others are.
func TestPageOfManyColumns(t *testing.T) {
	t.Parallel()
	is := &inventory.Contents{Rows: 1}
	for i := range 20_000 {
		is.Columns = append(is.Columns, inventory.Column{ColumnInfo: segment.ColumnInfo{Name: fmt.Sprintf("column%05d", i), Type: "STRING", Encoding: "dictionary"}})
	}
	u, _ := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	layout, err := u.template("segment")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	p := &segmentPage{Detail: &inventory.Detail{}, ID: "id", Contents: is, Columns: columnsOf(is)}
	if err := layout.ExecuteTemplate(&out, "body", shown{page: &page{Data: p}}); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if out.Len() > 500<<10 || !strings.Contains(text, "column00499") || strings.Contains(text, "column00500") || !strings.Contains(text, "The first 500 of 20,000: <a href=") {
		t.Errorf("%d bytes: %.3000s", out.Len(), text)
	}
}

// A value is shown as people read it, and what is no text as it stands.
func TestValueOf(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`"a"`: "a", `""`: `""`, `"\"<b>"`: `"<b>`, `null`: "null", `"null"`: "null", `1.5`: "1.5", `["a","b"]`: `["a","b"]`, ``: "",
		`"` + strings.Repeat("ü", valueShown+1) + `"`: strings.Repeat("ü", valueShown-1) + "…",
	} {
		if got := valueOf(json.RawMessage(value)); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
}
