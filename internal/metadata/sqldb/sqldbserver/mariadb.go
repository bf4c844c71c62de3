package sqldbserver

import (
	"context"
	"database/sql"
	"syscall"

	"github.com/go-sql-driver/mysql"
)

// MariaDB starts a server of MariaDB, whose commits survive its own end, and not the machine's.
func MariaDB(ctx context.Context) (*Server, error) {
	install, err := find("mariadb-install-db", "mariadb-server")
	if err != nil {
		return nil, err
	}
	server, err := find("mariadbd", "mariadb-server", "/usr/sbin")
	if err != nil {
		return nil, err
	}
	databases := []string{
		"CREATE DATABASE " + name + " DEFAULT CHARACTER SET utf8mb4",
		"CREATE USER '" + name + "'@'%' IDENTIFIED BY '" + password + "'",
		"GRANT ALL ON " + name + ".* TO '" + name + "'@'%'",
	}
	return begin(ctx, "", []string{"mysql", "nobody"}, databases, func(s *Server) error {
		data := s.path("data")
		s.command = []string{
			server, "--no-defaults", "--datadir=" + data, "--tmpdir=" + s.dir, "--socket=" + s.path("socket"), "--pid-file=" + s.path("pid"),
			"--bind-address=127.0.0.1", "--port=" + s.port(), "--skip-name-resolve", "--character-set-server=utf8mb4", "--max-connections=300",
			"--innodb-flush-log-at-trx-commit=2", "--innodb-doublewrite=0", "--skip-log-bin", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M",
		}
		config := mysql.NewConfig()
		config.Net, config.Addr, config.DBName, config.User, config.Passwd = "tcp", s.Address, name, name, password
		s.URI, s.DriverName, s.DSN, s.Quote = s.uri("mysql", name), "mysql", config.FormatDSN(), "`"
		s.crash, s.admin = syscall.SIGKILL, s.onMariaDB
		return s.run(ctx, install, "--no-defaults", "--datadir="+data, "--tmpdir="+s.dir, "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")
	})
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
