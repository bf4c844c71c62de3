package sqldb

import (
	"database/sql/driver"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dialect is what one kind of database does in its own way. Statements in this package are written with ? for a value, {tasks} for the name
// of a table, {end} for the one column whose name is a keyword, and {is dataSource} for a column that is to have a name, which is a value of that type.
type dialect struct {
	name string // as in druid.metadata.storage.type

	// connector is what makes connections for a JDBC URL.
	connector func(*target) (driver.Connector, error)
	// numbered tells that values are $1, $2 in place of ?.
	numbered bool
	quote    string // around the name of a column
	// loose tells that columns may have a collation that takes names for the same which differ (see name).
	loose bool
	// Types of columns: bytes, a number that the database counts up, bytes that are part of a key, and what follows the type of a column of data sources.
	bytes, serial, key, collation string

	// startSession are statements for a new session, one of which gives it a name, which needs no quoting, and one ends it when it has been idle
	// within a transaction for so long. endSession ends the one that has
	// it, and tells whether it is gone.
	startSession func(name string, idle time.Duration) []string
	begin        string // a serializable transaction
	endSession   func(c conn, name string) (gone bool, err error)
	// columns of a table with how many characters each holds, or 0, and its indexes, by its name.
	columns, indexes string
	share            string // follows a SELECT whose rows are not to change before the transaction ends
	// hazards lists settings of the server with which a commit may get lost.
	hazards string
	// identity are words that tell a database from others on the same server, by the name of a table in it: of what is not restored with its rows.
	// server, which may be empty, is what the server and its replicas have in common, and others at the same address (localhost) have not.
	identity, server string
	// skipTaken follows an INSERT that passes over a row whose key is taken. Where it is empty the database refuses such a row, and the
	// transaction goes on.
	skipTaken string
	// returnsID tells that INSERT … RETURNING id works; LastInsertId does otherwise.
	returnsID bool
	// distinctNames lists what a column of a table has: it leaps from name to name in an index.
	distinctNames string
	// toBytes makes the bytes of a text, literal those of a constant in hexadecimal, and matches holds a text against an expression.
	toBytes, literal, matches string
	// impatient stands before a statement that is not to wait long for others. createBeside makes an index while others write to its table; dropBroken,
	// which may be empty, lists statements that drop what such a one has left that was cut off, by its name.
	impatient, createBeside, dropBroken string
	// reach is the column or expression of metadata's own index by time (see reach).
	reach string
	// force follows the name of a table that is to be read by an index, where the server does not choose it for itself in every case.
	force string
	// own are indexes that Druid does not make. The store works without them.
	own []index

	fault func(error) fault
}

// names are those of tables and columns in statements.
type names struct {
	base    string
	dialect *dialect
}

var (
	baseName    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	placeholder = regexp.MustCompile(`\{[A-Za-z]+\}`)
	comparison  = regexp.MustCompile(`\{is ([A-Za-z_.]+)\}`)
)

func newNames(base string, d *dialect) (*names, error) {
	if base == "" {
		base = "druid"
	}
	if !baseName.MatchString(base) {
		return nil, fmt.Errorf("druid.metadata.storage.tables.base is %q: it may hold letters, digits and '_' only, and no digit first", base)
	}
	return &names{base, d}, nil
}

// table is the name of a table as Druid gives it.
func (n *names) table(suffix string) string { return n.base + "_" + suffix }

// expand makes a statement that the database understands.
func (n *names) expand(statement string) string {
	d := n.dialect
	statement = comparison.ReplaceAllStringFunc(statement, func(p string) string { return d.is(comparison.FindStringSubmatch(p)[1]) })
	statement = placeholder.ReplaceAllStringFunc(statement, func(p string) string {
		switch suffix := p[1 : len(p)-1]; suffix {
		case "end":
			return d.quote + "end" + d.quote
		case "reach":
			return d.reach
		case "bytes":
			return d.bytes
		case "serial":
			return d.serial
		case "key":
			return d.key
		case "collation":
			return d.collation
		default:
			return n.table(suffix)
		}
	})
	if !d.numbered {
		return statement
	}
	var b strings.Builder
	for n, rest := 1, statement; ; n++ {
		before, after, more := strings.Cut(rest, "?")
		b.WriteString(before)
		if !more {
			return b.String()
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
		rest = after
	}
}

// marks is n times ?, with commas.
func marks(n int) string { return strings.Repeat(", ?", n)[2:] }

// tuples is placeholders for so many rows, each of so many values.
func tuples(values, rows int) string {
	return strings.Repeat(", ("+marks(values)+")", rows)[2:]
}

// distinct is a query for the names, called name, that a column of a table has, in any order.
func (s *Store) distinct(table, column string) string {
	return strings.NewReplacer("{TABLE}", "{"+table+"}", "{COLUMN}", column).Replace(s.dialect.distinctNames)
}
