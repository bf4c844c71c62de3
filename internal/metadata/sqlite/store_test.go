package sqlite_test

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"ovate/internal/metadata"
	"ovate/internal/metadata/metadatatest"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/metadata/sqlite/sqlite3"
	"ovate/internal/seal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStore(t *testing.T) {
	t.Parallel()
	metadatatest.Exercise(t, database(func(s metadata.Store) metadata.Store { return s }))
}

// The suite changes nothing in a transaction that it does not set anew in each run.
func TestStoreThatRetries(t *testing.T) {
	t.Parallel()
	metadatatest.Exercise(t, database(metadatatest.Retried))
}

// Whoever asks a store that seals secrets knows nothing of that.
func TestStoreThatSeals(t *testing.T) {
	t.Parallel()
	keys, err := seal.ParseKeys(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	metadatatest.Exercise(t, database(func(s metadata.Store) metadata.Store { return seal.Store(s, keys) }))
}

// database is what the suite works on. The file of a store is found by what the store calls it.
func database(wrap func(metadata.Store) metadata.Store) metadatatest.Database {
	var paths sync.Map
	run := func(t *testing.T, store metadata.Store, statement string, row func(*sqlite3.Stmt) error, args ...any) {
		t.Helper()
		path, _ := paths.Load(store.Identity())
		onFile(t, path.(string), statement, row, args...)
	}
	return metadatatest.Database{
		Open: func(t *testing.T) metadata.Store {
			path := filepath.Join(t.TempDir(), "metadata.db")
			store := open(t, sqlite.Options{Path: path})
			paths.Store(store.Identity(), path)
			return wrap(store)
		},
		Insert: func(t *testing.T, store metadata.Store, table string, row map[string]any) {
			t.Helper()
			var names []string
			var values []any
			for name, value := range row {
				names, values = append(names, `"`+name+`"`), append(values, value)
			}
			marks := strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ")
			run(t, store, "INSERT INTO druid_"+table+"("+strings.Join(names, ", ")+") VALUES ("+marks+")", nil, values...)
		},
		Rows: func(t *testing.T, store metadata.Store, table string) (rows []map[string]any) {
			t.Helper()
			run(t, store, "SELECT * FROM druid_"+table+" ORDER BY rowid", func(stmt *sqlite3.Stmt) error {
				row := map[string]any{}
				for i := range stmt.ColumnCount() {
					var value any
					switch stmt.ColumnType(i) {
					case sqlite3.Integer:
						value = stmt.ColumnInt64(i)
					case sqlite3.Text:
						value = stmt.ColumnText(i)
					case sqlite3.Blob:
						value = stmt.AppendColumn([]byte{}, i)
					}
					row[strings.ToLower(stmt.ColumnName(i))] = value
				}
				rows = append(rows, row)
				return nil
			})
			return rows
		},
	}
}

// open opens a database, in a new folder unless o names a path.
func open(t testing.TB, o sqlite.Options) *sqlite.Store {
	t.Helper()
	if o.Path == "" {
		o.Path = filepath.Join(t.TempDir(), "metadata.db")
	}
	store, err := sqlite.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return store
}
