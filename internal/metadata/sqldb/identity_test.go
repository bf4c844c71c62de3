package sqldb_test

import (
	"strings"
	"testing"

	"ovate/internal/metadata/sqldb"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

// TestCopyAtTheSameAddress: what is restored on another server is another database, also where both are at the same address, as localhost is
// on each machine.
func TestCopyAtTheSameAddress(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) *sqldbtest.Server{"PostgreSQL": sqldbtest.PostgreSQL, "MariaDB": sqldbtest.MariaDB} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			original := start(t)
			p := sqldbtest.NewProxy(t, original.Address)
			identity := func() string {
				t.Helper()
				moved := original.Copy()
				moved.URI = strings.Replace(moved.URI, original.Address, p.Address, 1)
				store := open(t, moved, sqldb.Config{})
				if err := store.Close(); err != nil {
					t.Error(err)
				}
				return store.Identity()
			}
			first := identity()
			if again := identity(); again != first {
				t.Errorf("%s became %s", first, again)
			}
			copied := start(t)
			p.Turn(copied.Address)
			// MariaDB's times are whole seconds: a table that was made within the same one is made again.
			for try := 1; identity() == first; try++ {
				if name == "PostgreSQL" || try == 200 {
					t.Fatalf("the copy is %s, too", first)
				}
				if _, err := copied.Open(t).Exec("DROP TABLE druid_config"); err != nil {
					t.Fatal(err)
				}
			}
			p.Turn(original.Address)
			original.Stop(t)
			original.Start(t)
			if again := identity(); again != first {
				t.Errorf("%s became %s as the server was started again", first, again)
			}
		})
	}
}

// TestIdentityWithoutRights: a store whose user may not ask for the number of the server opens nevertheless.
func TestIdentityWithoutRights(t *testing.T) {
	t.Parallel()
	s := sqldbtest.PostgreSQL(t)
	db := s.Open(t)
	for _, statement := range []string{
		"CREATE USER weak PASSWORD 'weak'", "GRANT ALL ON SCHEMA public TO weak", "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM public",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	s.User, s.Password = "weak", "weak"
	store := open(t, s, sqldb.Config{})
	if store.Identity() == "" {
		t.Error("it has no identity")
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}
