package sqldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-sql-driver/mysql"
)

var mysqlDialect = dialect{
	name:      "mysql",
	connector: mysqlConnector,
	quote:     "`",
	loose:     true,
	bytes:     "LONGBLOB", serial: "BIGINT(20) AUTO_INCREMENT", key: "VARBINARY(1500)",
	collation: "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
	// Without the mode the server would cut what is too long for its column.
	startSession: func(name string, idle time.Duration) []string {
		return []string{
			"SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", "DO GET_LOCK('" + name + "', 0)",
			// What is between the stars is for MariaDB since 10.3; MySQL has nothing like it.
			fmt.Sprintf("SET SESSION sql_mode = 'STRICT_ALL_TABLES' /*M!100300 , SESSION idle_transaction_timeout = %d */", max(1, int(idle/time.Second))),
		}
	},
	begin:      "START TRANSACTION",
	endSession: endMySQLSession,
	columns:    `SELECT column_name, COALESCE(character_maximum_length, 0) FROM information_schema.columns WHERE table_schema = database() AND table_name = ?`,
	indexes:    `SELECT DISTINCT index_name FROM information_schema.statistics WHERE table_schema = database() AND table_name = ?`,

	hazards: `SELECT CONCAT('innodb_flush_log_at_trx_commit = ', @@innodb_flush_log_at_trx_commit) FROM (SELECT 1) one
		WHERE @@innodb_flush_log_at_trx_commit <> 1`,
	share: " LOCK IN SHARE MODE",
	identity: `SELECT CONCAT_WS('.', table_schema, table_name, UNIX_TIMESTAMP(create_time)) FROM information_schema.tables
		WHERE table_schema = database() AND table_name = ?`,

	// MySQL leaps in the index, where a name that ends with a blank may stand for the one without.
	distinctNames: `SELECT RTRIM({COLUMN}) AS name FROM (SELECT DISTINCT {COLUMN} FROM {TABLE}) loose`,
	toBytes:       `CAST(%s AS BINARY)`, literal: `x'%x'`, matches: `REGEXP`,
	impatient: "/*M!100300 SET STATEMENT lock_wait_timeout = 3 FOR */ ",
	// The server lets others write meanwhile, but for a moment at the beginning and at the end.
	createBeside: "/*M!100300 SET STATEMENT lock_wait_timeout = 3 FOR */ CREATE INDEX ",
	reach:        "ovate_reach",
	force:        " FORCE INDEX (%s)",
	own: []index{
		{table: "segments", suffix: reachIndex, columns: "dataSource, used, ovate_reach, {end}, start", generated: generatedReach},
		{table: "pendingSegments", suffix: reachIndex, columns: "dataSource, ovate_reach, {end}, start", generated: generatedReach},
	},
	fault: mysqlFault,
}

// generatedReach is a column that nobody sees who does not ask for it, and that takes no room in the table.
var generatedReach = "ovate_reach TINYINT GENERATED ALWAYS AS (" + reachOf("`end`") + ") VIRTUAL /*M!100303 INVISIBLE */ /*!80023 INVISIBLE */"

// endMySQLSession finds a session by a lock that it holds as long as it lasts.
func endMySQLSession(c conn, name string) (gone bool, err error) {
	var id *int64
	if err := c.query(`SELECT IS_USED_LOCK(?)`, func(scan scan) error { return scan(&id) }, name); err != nil || id == nil {
		return err == nil, err
	}
	_, err = c.exec(fmt.Sprint("KILL CONNECTION ", *id))
	const noSuchThread = 1094
	if told, is := errors.AsType[*mysql.MySQLError](err); is && told.Number == noSuchThread {
		err = nil
	}
	return false, err
}

func mysqlConnector(t *target) (driver.Connector, error) {
	configs, err := t.mysql()
	if err != nil {
		return nil, err
	}
	var hosts firstHost
	for _, config := range configs {
		made, err := mysql.NewConnector(config)
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, made)
	}
	if len(hosts) == 1 {
		return hosts[0], nil
	}
	return hosts, nil
}

// firstHost connects to the first of several hosts that can be reached and written to: to the primary, beside which the others are replicas.
type firstHost []driver.Connector

// Connect implements driver.Connector.
func (h firstHost) Connect(ctx context.Context) (driver.Conn, error) {
	var failed []error
	for _, host := range h {
		made, err := host.Connect(ctx)
		if err == nil {
			err = writable(ctx, made)
		}
		if err == nil {
			return made, nil
		}
		failed = append(failed, err)
		if made != nil {
			made.Close()
		}
	}
	return nil, errors.Join(failed...)
}

// Driver implements driver.Connector.
func (h firstHost) Driver() driver.Driver { return h[0].Driver() }

// errReplica is for a server that only reads, as it would tell of a write.
var errReplica = error(&mysql.MySQLError{Number: 1290, Message: "read_only is set: it is a replica"})

// writable is an error unless the server can be written to. Who may do everything can write to a replica, too, which then is none any more.
func writable(ctx context.Context, made driver.Conn) error {
	q, ok := made.(driver.QueryerContext)
	if !ok {
		return fmt.Errorf("the driver has connections of another kind, %T", made)
	}
	rows, err := q.QueryContext(ctx, "SELECT 1 FROM (SELECT 1) one WHERE CAST(@@global.read_only AS CHAR) IN ('0', 'OFF')", nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	err = rows.Next(make([]driver.Value, len(rows.Columns())))
	if errors.Is(err, io.EOF) {
		err = errReplica
	}
	return err
}

// mysqlFault goes by the number of the error.
func mysqlFault(err error) fault {
	told, is := errors.AsType[*mysql.MySQLError](err)
	switch {
	case errors.Is(err, mysql.ErrPktTooLarge): // it was not sent
		return fault{refused, true}
	case !is:
		return untold
	}
	switch told.Number {
	case 1213, 1205, 1020, 1412: // deadlock, a lock waited for too long, a record or a table that changed since it was read
		return fault{conflict, true}
	case 1062:
		return fault{taken, true}
	case 1021, 1037, 1038, 1040, 1041, 1114, 1203, 1206, 1226, 3024, 1969: // no room, memory or connection; a statement that took too long
		return fault{busy, true}
	case 1053, 1152, 1158, 1159, 1160, 1161, 1047, 1290, 1317, 1836, 1927, 2006, 2013: // the server stops, reads only, or ended the session
		return fault{kind: unreachable}
	case 1366, 1406, 1264, 1292, 1300, 3854, 1153: // a value that does not fit, or a statement
		return fault{refused, true}
	case 1048, 1364, 1216, 1217, 1451, 1452, 1369, 1644, 3819, 4025: // a rule of a table, a trigger
		return fault{refused, true}
	default:
		return fault{other, true}
	}
}
