// Package sqldbtest starts database servers for tests: real ones, each in a folder of its own, that end with the test.
package sqldbtest

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"testing"

	"ovate/internal/metadata/sqldb/sqldbserver"
)

// Server is a database server on a port of its own, with an empty database.
type Server struct{ *sqldbserver.Server }

// PostgreSQL starts a server of PostgreSQL.
func PostgreSQL(tb testing.TB) *Server {
	tb.Helper()
	return start(tb, func(ctx context.Context) (*sqldbserver.Server, error) {
		return sqldbserver.PostgreSQL(ctx, "", sqldbserver.Quick)
	})
}

// MariaDB starts a server of MariaDB.
func MariaDB(tb testing.TB) *Server {
	tb.Helper()
	return start(tb, sqldbserver.MariaDB)
}

// start starts a server that ends with the test. OVATE_TEST_DATABASES says whether a test without its programs fails (required), or is skipped, as it is
// otherwise, or is skipped in any case (none).
func start(tb testing.TB, begin func(context.Context) (*sqldbserver.Server, error)) *Server {
	tb.Helper()
	if os.Getenv("OVATE_TEST_DATABASES") == "none" {
		tb.Skip("OVATE_TEST_DATABASES is none")
	}
	s, err := begin(tb.Context())
	if missing, is := errors.AsType[*sqldbserver.NotInstalledError](err); is && os.Getenv("OVATE_TEST_DATABASES") != "required" {
		tb.Skip(missing)
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return &Server{s}
}

// Copy is the same server, for a store that is to reach it in another way.
func (s *Server) Copy() *Server {
	own := *s.Server
	return &Server{&own}
}

// Start starts the server again and waits until it answers.
func (s *Server) Start(tb testing.TB) {
	tb.Helper()
	if err := s.Server.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// Stop ends the server at once, as a crash does, if it runs.
func (s *Server) Stop(tb testing.TB) {
	tb.Helper()
	if err := s.Server.Stop(); err != nil {
		tb.Error(err)
	}
}

// Admin runs a statement as who may do everything.
func (s *Server) Admin(tb testing.TB, statement string) {
	tb.Helper()
	if err := s.Server.Admin(tb.Context(), statement); err != nil {
		tb.Fatal(err)
	}
}

// Open opens connections beside those of the store.
func (s *Server) Open(tb testing.TB) *sql.DB {
	tb.Helper()
	db, err := sql.Open(s.DriverName, s.DSN)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}
