package sqldb_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqldb"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

// manyHours is how many segments the data source of testPlans has, one for each hour since 2004, and pendingHours how many pending ones.
const manyHours, pendingHours = 200_000, 70_000

func hourOf(n int) druid.Interval {
	const first, length = 1_072_915_200_000, 3_600_000
	return druid.Interval{Start: first + druid.Instant(n)*length, End: first + druid.Instant(n+1)*length}
}

// fill fills tables with segments and pending segments of one data source, d, and of some smaller ones.
func fill(t *testing.T, s *sqldbtest.Server, exec func(string), base string) {
	t.Helper()
	text, series, quote := "to_char(timestamp '2004-01-01' + (%s) * interval '1 hour', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')", "generate_series(0, %d) n(seq)", `"`
	if s.DriverName == "mysql" {
		text, series, quote = "concat(date_format('2004-01-01' + interval (%s) hour, '%%Y-%%m-%%dT%%H:%%i:%%s'), '.000Z')", "seq_0_to_%d n", "`"
	}
	for _, part := range []struct {
		dataSource        string
		segments, pending int
	}{{"'d'", manyHours, pendingHours}, {"concat('other', seq % 100)", manyHours / 10, pendingHours / 10}} {
		start, end := fmt.Sprintf(text, "seq"), fmt.Sprintf(text, "seq + 1")
		exec("INSERT INTO " + base + "_segments(id, dataSource, created_date, start, " + quote + "end" + quote + ", partitioned, version, used, payload, used_status_last_updated) SELECT concat(" +
			part.dataSource + ", '_', seq), " + part.dataSource + ", '2026-01-01T00:00:00.000Z', " + start + ", " + end + ", TRUE, 'v', TRUE, '{}', '2026-01-01T00:00:00.000Z' FROM " + fmt.Sprintf(series, part.segments-1))
		exec("INSERT INTO " + base + "_pendingSegments(id, dataSource, created_date, start, " + quote + "end" + quote + ", sequence_name, sequence_prev_id, sequence_name_prev_id_sha1, payload) SELECT concat(" +
			part.dataSource + ", '_', seq), " + part.dataSource + ", '2026-01-01T00:00:00.000Z', " + start + ", " + end + ", 's', '', concat(" + part.dataSource + ", seq), '{}' FROM " + fmt.Sprintf(series, part.pending-1))
	}
}

// testPlans: what asks for one hour of a data source reads the rows of its month and some others, whether the database has statistics or not, also
// where no segment is far.
func testPlans(t *testing.T, s *sqldbtest.Server) {
	const base, most = "plans", 1500
	store := open(t, s, sqldb.Config{TablesBase: base})
	defer store.Close()
	db := s.Open(t)
	exec := func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	fill(t, s, exec, base)
	count := `SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::text FROM pg_stat_xact_user_tables WHERE relname LIKE 'plans%'`
	analyze := []string{"ANALYZE plans_segments", "ANALYZE plans_pendingSegments"}
	if s.DriverName == "mysql" {
		count = `SELECT sum(variable_value) FROM information_schema.session_status WHERE variable_name IN ('HANDLER_READ_NEXT', 'HANDLER_READ_PREV', 'HANDLER_READ_RND_NEXT', 'HANDLER_ICP_ATTEMPTS')`
		analyze = []string{"ANALYZE TABLE plans_segments", "ANALYZE TABLE plans_pendingSegments"}
	}
	ctx := t.Context()
	for i, at := range []int{1000, 50_000, 1000, 50_000} {
		hour, statistics := hourOf(at), i > 1
		if statistics {
			for _, statement := range analyze {
				exec(statement)
			}
		}
		err := store.Update(ctx, func(tx metadata.Tx) error {
			for what, do := range map[string]func() error{
				"UsedChunks":   func() error { _, err := tx.UsedChunks(ctx, "d", []druid.Interval{hour}); return err },
				"UsedSegments": func() error { _, err := tx.UsedSegments(ctx, "d", []druid.Interval{hour}); return err },
				"UnusedSegments": func() error {
					_, err := tx.UnusedSegments(ctx, metadata.UnusedQuery{DataSource: "d", Interval: hour})
					return err
				},
				"MarkUnused":      func() error { _, err := tx.MarkUnused("d", hour, nil, hour.Start); return err },
				"PendingSegments": func() error { _, err := tx.PendingSegments(ctx, "d", []druid.Interval{hour}); return err },
			} {
				before := number(t, tx, count)
				if err := do(); err != nil {
					return err
				}
				n := number(t, tx, count) - before
				t.Logf("%s of hour %d, with statistics: %v: %v rows", what, at, statistics, n)
				if n > most {
					t.Errorf("%s of hour %d, with statistics: %v: %v rows were read", what, at, statistics, n)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	testLockedRows(t, s, store)
}

func number(t *testing.T, tx metadata.Tx, query string) float64 {
	t.Helper()
	texts, err := sqldb.TextsOf(tx, query)
	if err != nil || len(texts) != 1 {
		t.Fatalf("%s: %v, %v", query, texts, err)
	}
	n, err := strconv.ParseFloat(texts[0], 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// testLockedRows: a transaction that asks for an hour keeps nobody from changing segments a year before and after.
func testLockedRows(t *testing.T, s *sqldbtest.Server, store *sqldb.Store) {
	db := s.Open(t)
	impatient := "SET STATEMENT innodb_lock_wait_timeout = 2 FOR "
	if s.DriverName == "pgx" {
		impatient = "SET LOCAL lock_timeout = '2s'; "
	}
	const year, n = 365 * 24, 50_000
	err := store.Update(t.Context(), func(tx metadata.Tx) error {
		if _, err := tx.UsedChunks(t.Context(), "d", []druid.Interval{hourOf(n)}); err != nil {
			return err
		}
		if _, err := tx.UsedSegments(t.Context(), "d", []druid.Interval{hourOf(n)}); err != nil {
			return err
		}
		if _, err := tx.PendingSegments(t.Context(), "d", []druid.Interval{hourOf(n)}); err != nil {
			return err
		}
		for _, other := range []int{n - year, n + year} {
			for _, statement := range []string{
				"UPDATE plans_segments SET used = FALSE WHERE id = 'd_%d'", "DELETE FROM plans_pendingSegments WHERE id = 'd_%d'",
			} {
				statement = fmt.Sprintf(statement, other)
				if _, err := db.ExecContext(t.Context(), impatient+statement); err != nil {
					t.Errorf("%s, beside a transaction that asked for another year: %v", strings.TrimSpace(statement), err)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
