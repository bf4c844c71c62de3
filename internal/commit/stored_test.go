package commit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"ovate/internal/commit"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
)

// kafka is how far stream t was read.
func kafka(t *testing.T, offsets string) *commit.Metadata {
	t.Helper()
	m, err := commit.Parse([]byte(`{"type":"kafka","partitions":{"type":"end","stream":"t","partitionSequenceNumberMap":` + offsets + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// How far a stream was published is changed within a transaction: all of it, or nothing.
func TestChange(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	refused := errors.New("no")
	change := func(next func(stored *commit.Metadata) (*commit.Metadata, error)) error {
		return store.Update(t.Context(), func(tx metadata.Tx) error { return commit.Change(t.Context(), tx, "wiki", 5, next) })
	}
	for i, step := range []struct {
		next func(stored *commit.Metadata) (*commit.Metadata, error)
		want string
		err  error
	}{
		{func(stored *commit.Metadata) (*commit.Metadata, error) { return stored, nil }, "nothing", nil},
		{func(stored *commit.Metadata) (*commit.Metadata, error) {
			return commit.With(stored, kafka(t, `{"0":7,"1":9}`))
		}, "t 0:7 1:9", nil},
		{func(*commit.Metadata) (*commit.Metadata, error) { return kafka(t, `{"0":8}`), refused }, "t 0:7 1:9", refused},
		{func(*commit.Metadata) (*commit.Metadata, error) { return nil, nil }, "t 0:7 1:9", nil},
	} {
		if err := change(step.next); !errors.Is(err, step.err) {
			t.Errorf("step %d: %v, want %v", i, err, step.err)
		}
		got := "nothing"
		published, err := commit.Published(t.Context(), store, "wiki")
		if err != nil {
			t.Fatal(err)
		}
		if published != nil {
			got = strings.TrimSpace(published.Stream() + " " + strings.Trim(fmt.Sprint(published.Offsets()), "map[]"))
		}
		if got != step.want {
			t.Errorf("after step %d is stored %q, want %q", i, got, step.want)
		}
	}
	if err := store.Update(t.Context(), func(tx metadata.Tx) error { return tx.SetCommitMetadata("wiki", []byte(`{"type":"new"}`), 0) }); err != nil {
		t.Fatal(err)
	}
	err := change(func(*commit.Metadata) (*commit.Metadata, error) { return kafka(t, `{"0":8}`), nil })
	if payload, stays := store.CommitMetadata(t.Context(), "wiki"); err == nil || !strings.Contains(err.Error(), `table druid_dataSource: field [type] is "new"`) || string(payload) != `{"type":"new"}` {
		t.Errorf("what cannot be read: %v, and stored is %s, %v", err, payload, stays)
	}
}
