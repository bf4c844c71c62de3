//go:build peer

package peer

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"ovate/internal/metadata/sqldb/sqldbtest"
)

// writes are notes of all that is written to Druid's tables, which PostgreSQL itself makes in the writing transaction: by whom, as each process
// has a name of its own there; in which term of ovate; and which transactions had been committed before that the writer sees.
type writes struct {
	t      *testing.T
	ctx    context.Context
	server *sqldbtest.Server
	db     *sql.DB
}

// noting makes a note of each row. What is noted of a row is its id, and whether it is of an active task.
const noting = `
CREATE TABLE writes (n BIGSERIAL PRIMARY KEY, writer TEXT NOT NULL DEFAULT session_user, term BIGINT, xid BIGINT NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
	seen pg_snapshot NOT NULL DEFAULT pg_current_snapshot(), at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(), what TEXT NOT NULL, op TEXT NOT NULL, id TEXT NOT NULL, active BOOLEAN);
CREATE INDEX writes_xid ON writes (xid);
CREATE INDEX writes_id ON writes (id);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	is_row jsonb;
BEGIN
	IF TG_OP = 'DELETE' THEN is_row := to_jsonb(OLD); ELSE is_row := to_jsonb(NEW); END IF;
	INSERT INTO writes (term, what, op, id, active) VALUES ((SELECT convert_from(payload, 'UTF8')::bigint FROM druid_config WHERE name = 'ovate.term'),
		TG_TABLE_NAME, TG_OP, coalesce(is_row->>'id', is_row->>'name', is_row->>'datasource', ''), (is_row->>'active')::boolean);
	RETURN NULL;
END $$`

// newWrites notes nothing yet: the tables are made by who comes first.
func newWrites(s *site) *writes {
	s.t.Helper()
	w := &writes{s.t, s.ctx, s.database, s.database.Open(s.t)}
	w.exec(noting)
	return w
}

func (w *writes) exec(statement string, args ...any) {
	w.t.Helper()
	if _, err := w.db.ExecContext(w.ctx, statement, args...); err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
}

// name gives the database a user.
func (w *writes) name(user string) {
	w.t.Helper()
	w.exec(fmt.Sprintf(`CREATE ROLE %s LOGIN SUPERUSER PASSWORD '%s'`, user, w.server.Password))
}

// begin notes from now on. The term that has begun is that of who leads.
func (w *writes) begin(leader string) {
	w.t.Helper()
	w.exec(`INSERT INTO writes (writer, term, what, op, id) SELECT $1, convert_from(payload, 'UTF8')::bigint, 'druid_config', 'UPDATE', name FROM druid_config WHERE name = 'ovate.term'`, leader)
	w.cover()
}

// cover has tables noted that were made meanwhile.
func (w *writes) cover() {
	w.t.Helper()
	for _, name := range w.texts(`SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'druid_%' AND NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = 'noted')`) {
		w.exec(`CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON ` + name + ` FOR EACH ROW EXECUTE FUNCTION note()`)
	}
}

// texts are those of the rows, which have one column.
func (w *writes) texts(query string, args ...any) (all []string) {
	w.t.Helper()
	rows, err := w.db.QueryContext(w.ctx, query, args...)
	if err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			w.t.Fatalf("%s: %v", query, err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	return all
}

// last is the number of the last note.
func (w *writes) last() int { return count(w.t, w.db, `SELECT coalesce(max(n), 0) FROM writes`) }

// shown is a note for people; ours are notes of ovate, but for what each server writes when it starts, whoever leads.
const (
	shown = ` o.n || ': ' || o.writer || ' in term ' || coalesce(o.term::text, 'none') || ' at ' || o.at || ': ' || o.op || ' ' || o.what || ' ' || o.id `
	ours  = ` (%[1]s.writer LIKE 'ovate%%' AND %[1]s.id <> 'ovate.owner') `
)

// expanded puts in what many queries have.
func expanded(query string) string {
	for _, table := range []string{"o", "n"} {
		query = strings.ReplaceAll(query, "{"+table+" is ours}", fmt.Sprintf(ours, table))
	}
	return strings.ReplaceAll(query, "{o}", shown)
}

// besideOthers finds what ovate has written since a note and should not have: in a term that another one has begun, or so that a later term did
// not find it when it began.
func (w *writes) besideOthers(since int) []string {
	w.t.Helper()
	return append(w.texts(expanded(`SELECT {o} || ', but the term is of ' || coalesce(b.writer, 'nobody') FROM writes o LEFT JOIN writes b ON b.term = o.term AND b.id = 'ovate.term'
		WHERE o.n > $1 AND {o is ours} AND b.writer IS DISTINCT FROM o.writer`), since), w.late(`{n is ours} AND n.id <> 'ovate.term'`, `o.term < n.term`, since)...)
}

// besideJava finds what ovate has written although a Java Overlord had written since a note.
func (w *writes) besideJava(since int, java string) []string {
	w.t.Helper()
	return append(w.texts(expanded(`SELECT {o} FROM writes o WHERE {o is ours} AND o.n > (SELECT min(n) FROM writes WHERE n > $1 AND writer = $2)`), since, java),
		w.late(`n.writer = '`+java+`'`, `true`, since)...)
}

// begun tells whether ovate has begun a term since a note.
func (w *writes) begun(since int) bool {
	w.t.Helper()
	return count(w.t, w.db, `SELECT count(*) FROM writes WHERE n > $1 AND id = 'ovate.term'`, since) > 0
}

// late finds what ovate has committed after newer transactions had begun, of which the notes were made since a note.
func (w *writes) late(newer, pair string, since int) []string {
	w.t.Helper()
	newer = `WITH n AS (SELECT * FROM writes n WHERE n.n > $1 AND ` + newer + `)`
	const late = ` || ', which was not there yet for ' || n.writer || ' in ' || n.n `
	begun := newer + `SELECT {o}` + late + `FROM (SELECT writer, term, min(n) AS n, min(pg_snapshot_xmax(seen)::text::bigint) AS horizon FROM n GROUP BY writer, term) AS n
		JOIN writes o ON o.xid >= horizon WHERE {o is ours} AND ` + pair
	running := newer + `SELECT {o}` + late + `FROM n CROSS JOIN LATERAL pg_snapshot_xip(seen) AS running JOIN writes o ON o.xid = running::text::bigint WHERE {o is ours} AND ` + pair
	return append(w.texts(expanded(begun), since), w.texts(expanded(running), since)...)
}

// afterTerm is what a process has written since a note and after another had begun a term, by tables, and for how long.
func (w *writes) afterTerm(since int, writer string) []string {
	w.t.Helper()
	return w.texts(`SELECT count(*) || ' ' || op || ' ' || what || ' until ' || max(at) - min(began) || ' after the term began' FROM writes,
		(SELECT n AS first, at AS began FROM writes WHERE n > $1 AND id = 'ovate.term' ORDER BY n LIMIT 1) AS term WHERE n > first AND writer = $2 GROUP BY op, what ORDER BY 1`, since, writer)
}

// awakened are tasks that were active again after they had ended.
func (w *writes) awakened() []string {
	w.t.Helper()
	return w.texts(`SELECT DISTINCT a.id FROM writes a JOIN writes b ON b.id = a.id AND b.what = a.what AND b.n > a.n WHERE a.what = 'druid_tasks' AND NOT a.active AND b.active`)
}

// inserted are the rows of a table that were added, with who has added them.
func (w *writes) inserted(table string) map[string]string {
	w.t.Helper()
	by := map[string]string{}
	for _, text := range w.texts(`SELECT writer || ' ' || id FROM writes WHERE what = $1 AND op = 'INSERT'`, table) {
		writer, id, _ := strings.Cut(text, " ")
		by[id] = writer
	}
	return by
}

// set are the texts of a query.
func (w *writes) set(query string) map[string]bool {
	w.t.Helper()
	set := map[string]bool{}
	for _, text := range w.texts(query) {
		set[text] = true
	}
	return set
}
