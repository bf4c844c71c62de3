package sqldb

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

var postgresql = dialect{
	name:      "postgresql",
	connector: postgresqlConnector,
	numbered:  true,
	quote:     `"`,
	bytes:     "BYTEA", serial: "BIGSERIAL", key: "BYTEA",
	// A server may answer before a commit is on its disk, unless it is asked not to.
	startSession: func(name string, idle time.Duration) []string {
		return []string{
			`SET application_name = '` + name + `'`,
			`SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`,
			fmt.Sprintf(`SELECT set_config(name, '%d', false) FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'`, idle.Milliseconds()),
		}
	},
	begin:      `BEGIN ISOLATION LEVEL SERIALIZABLE`,
	endSession: endPostgreSQLSession,
	// A name is looked for as a statement would find it: in lower case, along the search path.
	columns: `SELECT attname, CASE WHEN atttypid = 'varchar'::regtype THEN GREATEST(atttypmod - 4, 0) ELSE 0 END FROM pg_attribute WHERE attrelid = to_regclass(lower(?)) AND attnum > 0 AND NOT attisdropped`,
	indexes: `SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid WHERE indrelid = to_regclass(lower(?)) AND indisvalid`,

	hazards:  `SELECT name || ' = ' || setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off' ORDER BY name`,
	share:    " FOR SHARE",
	identity: `SELECT concat_ws('.', (SELECT oid FROM pg_database WHERE datname = current_database()), to_regclass(lower(?))::oid)`,
	server:   `SELECT system_identifier::text FROM pg_control_system()`,

	skipTaken: " ON CONFLICT DO NOTHING",
	returnsID: true,
	distinctNames: `WITH RECURSIVE names AS (
			SELECT min({COLUMN}) AS name FROM {TABLE}
			UNION ALL SELECT (SELECT min({COLUMN}) FROM {TABLE} WHERE {COLUMN} > name) FROM names WHERE name IS NOT NULL)
		SELECT name FROM names WHERE name IS NOT NULL`,
	toBytes: `convert_to(%s, 'UTF8')`, literal: `'\x%x'::bytea`, matches: `~`,
	impatient:    `SET LOCAL lock_timeout = '3s'; `,
	createBeside: `CREATE INDEX CONCURRENTLY `,
	// One that another session is making is not broken.
	dropBroken: `SELECT 'DROP INDEX CONCURRENTLY ' || indexrelid::regclass FROM pg_index WHERE indexrelid = to_regclass(lower(?)) AND NOT indisvalid
		AND NOT EXISTS (SELECT 1 FROM pg_stat_progress_create_index WHERE index_relid = indexrelid)`,
	reach: "(" + reachOf(`"end"`) + ")",
	// Those that reach nowhere are found by the index that Druid makes.
	own: []index{
		{table: "segments", suffix: reachIndex, columns: `dataSource, used, {reach}, {end} WHERE {reach} > 0`},
		{table: "pendingSegments", suffix: reachIndex, columns: `dataSource, {reach}, {end} WHERE {reach} > 0`},
	},
	fault: postgresqlFault,
}

// endPostgreSQLSession ends a session as its owner may.
func endPostgreSQLSession(c conn, name string) (gone bool, err error) {
	gone = true
	err = c.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ? AND pid <> pg_backend_pid()`, func(scan) error {
		gone = false
		return nil
	}, name)
	return gone, err
}

func postgresqlConnector(t *target) (driver.Connector, error) {
	config, err := t.postgresql()
	if err != nil {
		return nil, err
	}
	return stdlib.GetConnector(*config), nil
}

// postgresqlFault goes by the SQLSTATE.
func postgresqlFault(err error) fault {
	told, is := errors.AsType[*pgconn.PgError](err)
	if !is {
		return untold
	}
	switch state := told.Code; {
	case state == "40001", state == "40P01": // serialization failure, deadlock
		return fault{conflict, true}
	case state == "25P03": // the session was idle within a transaction for too long, which is taken back
		return fault{unreachable, true}
	case state == "23505":
		return fault{taken, true}
	case state == "55P03": // lock not available
		return fault{busy, true}
	case strings.HasPrefix(state, "08"), state == "40003", state == "25006", // connection; outcome unknown; a replica, which only reads
		strings.HasPrefix(state, "57"): // the server stops, or the session is ended: perhaps after the transaction was committed
		return fault{kind: unreachable}
	case strings.HasPrefix(state, "53"), strings.HasPrefix(state, "58"): // no room; a fault of the server's system
		return fault{busy, true}
	case strings.HasPrefix(state, "22"), strings.HasPrefix(state, "23"), strings.HasPrefix(state, "54"), // a value, a rule of a table, a length
		strings.HasPrefix(state, "P0"), state == "09000", state == "44000": // a trigger, a view
		return fault{refused, true}
	default:
		return fault{other, true}
	}
}
