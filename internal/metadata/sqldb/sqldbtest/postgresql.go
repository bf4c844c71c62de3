package sqldbtest

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx of DriverName
)

// PostgreSQL starts a server of PostgreSQL. It sorts texts by the rules of a language, as many do, which are not those of their bytes.
func PostgreSQL(tb testing.TB) *Server {
	tb.Helper()
	folder := "/usr/lib/postgresql/*/bin"
	initdb, postgres := find(tb, "initdb", "postgresql", folder), find(tb, "postgres", "postgresql", folder)
	s, dir := newServer(tb, "postgres", "nobody")
	secret := filepath.Join(dir, "password")
	if err := os.WriteFile(secret, []byte(password), 0o644); err != nil { //nolint:gosec // The server runs as another user.
		tb.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	s.run(tb, initdb, "-D", data, "-U", name, "-E", "UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync", "-A", "scram-sha-256", "--pwfile="+secret)
	s.command = []string{
		postgres, "-D", data, "-k", dir, "-h", "127.0.0.1", "-p", s.port(),
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off", "-c", "max_connections=300",
	}
	s.URI, s.DriverName, s.DSN, s.Quote = s.uri("postgresql"), "pgx", s.postgresqlURL(name), `"`
	s.crash = syscall.SIGQUIT
	s.admin = s.onPostgreSQL
	s.Start(tb)
	s.Admin(tb, "CREATE DATABASE "+name)
	return s
}

func (s *Server) postgresqlURL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(name, password), Host: s.Address, Path: database, RawQuery: "sslmode=disable"}
	return u.String()
}

func (s *Server) onPostgreSQL(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.postgresqlURL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, statement)
	return err
}
