package sqldbserver

import (
	"context"
	"net/url"
	"os"
	"syscall"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx of DriverName
)

// Durability is what becomes of what was committed.
type Durability bool

const (
	// Quick lets it get lost with the machine, though not with the server.
	Quick Durability = false
	// Durable is a server as it comes, which brings each commit to the disk.
	Durable Durability = true
)

// PostgreSQL starts a server of PostgreSQL, whose folder is made in parent, or among the temporary ones if that is empty. It sorts texts by the rules of a language, as many do, which are not those of their bytes.
func PostgreSQL(ctx context.Context, parent string, d Durability) (*Server, error) {
	const folder = "/usr/lib/postgresql/*/bin"
	initdb, err := find("initdb", "postgresql", folder)
	if err != nil {
		return nil, err
	}
	postgres, err := find("postgres", "postgresql", folder)
	if err != nil {
		return nil, err
	}
	return begin(ctx, parent, []string{"postgres", "nobody"}, []string{"CREATE DATABASE " + name}, func(s *Server) error {
		secret, data := s.path("password"), s.path("data")
		if err := os.WriteFile(secret, []byte(password), 0o644); err != nil { //nolint:gosec // The server runs as another user.
			return err
		}
		s.command = []string{postgres, "-D", data, "-k", s.dir, "-h", "127.0.0.1", "-p", s.port(), "-c", "max_connections=300"}
		if d == Quick {
			s.command = append(s.command, "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")
		}
		s.inPostgreSQL(name)
		s.crash, s.admin = syscall.SIGQUIT, s.onPostgreSQL
		return s.run(ctx, initdb, "-D", data, "-U", name, "-E", "UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync", "-A", "scram-sha-256",
			"--pwfile="+secret)
	})
}

// Fresh is another database, an empty one, on the same server of PostgreSQL.
func (s *Server) Fresh(ctx context.Context, database string) (*Server, error) {
	if err := s.Admin(ctx, "CREATE DATABASE "+database); err != nil {
		return nil, err
	}
	other := &Server{User: s.User, Password: s.Password, Address: s.Address}
	other.inPostgreSQL(database)
	return other, nil
}

// inPostgreSQL says how a database is reached.
func (s *Server) inPostgreSQL(database string) {
	s.URI, s.DriverName, s.DSN, s.Quote = s.uri("postgresql", database), "pgx", s.postgresqlURL(database), `"`
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
