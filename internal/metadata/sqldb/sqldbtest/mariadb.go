package sqldbtest

import (
	"context"
	"database/sql"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// MariaDB starts a server of MariaDB.
func MariaDB(tb testing.TB) *Server {
	tb.Helper()
	install, server := find(tb, "mariadb-install-db", "mariadb-server"), find(tb, "mariadbd", "mariadb-server", "/usr/sbin")
	s, dir := newServer(tb, "mysql", "nobody")
	data := filepath.Join(dir, "data")
	s.run(tb, install, "--no-defaults", "--datadir="+data, "--tmpdir="+dir, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")
	s.command = []string{
		server, "--no-defaults", "--datadir=" + data, "--tmpdir=" + dir, "--socket=" + filepath.Join(dir, "socket"), "--pid-file=" + filepath.Join(dir, "pid"),
		"--bind-address=127.0.0.1", "--port=" + s.port(), "--skip-name-resolve", "--character-set-server=utf8mb4", "--max-connections=300",
		"--innodb-flush-log-at-trx-commit=2", // survives the end of the process, not of the machine
		"--innodb-doublewrite=0", "--skip-log-bin", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M",
	}
	config := mysql.NewConfig()
	config.Net, config.Addr, config.DBName, config.User, config.Passwd = "tcp", s.Address, name, name, password
	s.URI, s.DriverName, s.DSN, s.Quote = s.uri("mysql"), "mysql", config.FormatDSN(), "`"
	s.crash = syscall.SIGKILL
	s.admin = s.onMariaDB
	s.Start(tb)
	for _, statement := range []string{
		"CREATE DATABASE " + name + " DEFAULT CHARACTER SET utf8mb4",
		"CREATE USER '" + name + "'@'%' IDENTIFIED BY '" + password + "'",
		"GRANT ALL ON " + name + ".* TO '" + name + "'@'%'",
	} {
		s.Admin(tb, statement)
	}
	return s
}

// onMariaDB runs a statement as the server's own user.
func (s *Server) onMariaDB(ctx context.Context, statement string) error {
	config := mysql.NewConfig()
	config.Net, config.Addr, config.User = "tcp", s.Address, "root"
	config.Logger = &mysql.NopLogger{}
	made, err := mysql.NewConnector(config)
	if err != nil {
		return err
	}
	db := sql.OpenDB(made)
	defer db.Close()
	_, err = db.ExecContext(ctx, statement)
	return err
}
