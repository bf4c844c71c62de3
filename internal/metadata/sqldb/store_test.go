package sqldb_test

import (
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"ovate/internal/metadata"
	"ovate/internal/metadata/metadatatest"
	"ovate/internal/metadata/sqldb"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestServers: on each kind of server the store passes the suite, and bears what happens to networks and servers.
func TestServers(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) *sqldbtest.Server{"PostgreSQL": sqldbtest.PostgreSQL, "MariaDB": sqldbtest.MariaDB} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t)
			t.Run("ServerRestarts", func(t *testing.T) { testNothingIsLostOrDoubled(t, s) }) // while no other test needs the server
			for name, test := range map[string]func(*testing.T, *sqldbtest.Server){
				"CommitWithoutAnswer":          testCommitWithoutAnswer,
				"ConnectionBreaksBeforeCommit": testConnectionBreaksBeforeCommit,
				"ConnectionsBreakAtTheStart":   testConnectionsBreakAtTheStart,
				"TransactionsRunAtOnce":        testTransactionsRunAtOnce,
				"CannotOpen":                   testCannotOpen,
				"OlderTables":                  testOlderTables,
				"TablesMayNotBeMade":           testTablesMayNotBeMade,
				"Values":                       testValues,
				"BeginTogether":                testBeginTogether,
				"NamesByCase":                  testNamesByCase,
				"Settings":                     testSettings,
				"KeptStatements":               testKeptStatements,
				"Tables":                       testTables,
				"RowOfAnotherSegment":          testRowOfAnotherSegment,
				"FrozenLeader":                 testFrozenLeader,
				"WrongSettings":                testWrongSettings,
				"NotStored":                    testNotStored,
				"DroppedIndex":                 testDroppedIndex,
				"OnlyWhoLeadsChanges":          testOnlyWhoLeadsChanges,
				"FaultyNetworks":               testFaultyNetworks,
				"SlowReader":                   testSlowReader,
				"SeveralHosts":                 testSeveralHosts,
				"Plans":                        testPlans,
				"ManyReaders":                  testManyReaders,
				"Statements":                   testStatements,
				"Requests":                     testRequests,
			} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					test(t, s)
				})
			}
			metadatatest.Exercise(t, database(t, s))
		})
	}
}

// database is what the suite works on: each store has tables of its own on the server.
func database(t *testing.T, s *sqldbtest.Server) metadatatest.Database {
	var made atomic.Int64
	var bases sync.Map // by Identity
	db := s.Open(t)
	table := func(store metadata.Store, suffix string) string {
		base, _ := bases.Load(store.Identity())
		return base.(string) + "_" + suffix
	}
	return metadatatest.Database{
		Loose: s.DriverName == "mysql",
		Open: func(t *testing.T) metadata.Store {
			base := fmt.Sprint("Store", made.Add(1))
			store := open(t, s, sqldb.Config{TablesBase: base})
			bases.Store(store.Identity(), base)
			return store
		},
		Insert: func(t *testing.T, store metadata.Store, suffix string, row map[string]any) {
			t.Helper()
			insert(t, s, db, table(store, suffix), row)
		},
		Rows: func(t *testing.T, store metadata.Store, suffix string) []map[string]any {
			t.Helper()
			return rows(t, db, "SELECT * FROM "+table(store, suffix)+" ORDER BY 1")
		},
	}
}

// open opens a store on a server, which makes its tables.
func open(tb testing.TB, s *sqldbtest.Server, o sqldb.Config) *sqldb.Store {
	tb.Helper()
	o.ConnectURI, o.User, o.Password, o.CreateTables = s.URI, s.User, s.Password, true
	store, err := sqldb.Open(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	return store
}

// insert adds a row, as another program does.
func insert(t *testing.T, s *sqldbtest.Server, db *sql.DB, table string, row map[string]any) {
	t.Helper()
	var names, marks []string
	var values []any
	for name, value := range row {
		if name == "end" {
			name = s.Quote + name + s.Quote
		}
		mark := "?"
		if values = append(values, value); s.DriverName == "pgx" {
			mark = fmt.Sprint("$", len(values))
		}
		names, marks = append(names, name), append(marks, mark)
	}
	statement := "INSERT INTO " + table + "(" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ")"
	if _, err := db.ExecContext(t.Context(), statement, values...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// rows are what a query finds.
func rows(t *testing.T, db *sql.DB, query string) (found []map[string]any) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := map[string]any{}
		for i, c := range columns {
			if text, is := values[i].([]byte); is && c.DatabaseTypeName() == "VARCHAR" { // as MySQL's driver has it
				values[i] = string(text)
			}
			row[strings.ToLower(c.Name())] = values[i]
		}
		found = append(found, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}
