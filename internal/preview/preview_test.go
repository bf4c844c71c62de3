package preview

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/internal/ingest"
	"ovate/internal/ingest/source"
	"ovate/internal/task"
	"ovate/internal/upload"
)

func newMaker(t *testing.T) *Maker {
	t.Helper()
	uploads, err := upload.Open(upload.Options{Dir: filepath.Join(t.TempDir(), "uploads"), MaxSize: 1 << 20, MaxTotal: 4 << 20, Retain: time.Hour, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	kit := &task.Kit{Ingest: ingest.Run, Workers: 2, Memory: 64 << 20, Policy: source.Policy{Uploads: uploads.Dir}}
	return New(Options{Uploads: uploads, Kit: kit})
}

func TestTry(t *testing.T) {
	m := newMaker(t)
	for _, path := range strings.Fields(os.Getenv("TRY")) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		u, err := m.Uploads.Create(filepath.Base(path), "d", "me", f)
		if err != nil {
			fmt.Println(path, err)
			continue
		}
		p, err := m.OfUpload(t.Context(), u, "d", Choices{}, 3)
		if err != nil {
			fmt.Println(path, "REFUSED", err)
			continue
		}
		fmt.Println(path, p.Format, p.Time, p.Read, p.Fields)
		for _, r := range p.Rows {
			fmt.Println("  ", string(r))
		}
		fmt.Println(p.Unparseable, p.Notes)
	}
}
