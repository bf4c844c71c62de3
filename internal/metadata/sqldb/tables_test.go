package sqldb_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqldb"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

// druidTables are the columns and indexes of a new cluster of Druid 33 in PostgreSQL: text is varchar(255), and ! what may not be null.
const druidTables = `audit: id bigint!, audit_key text!, type text!, author text!, comment varchar(2048)!, created_date text!, payload bytea!
config: name text!, payload bytea!
datasource: datasource text!, created_date text!, commit_metadata_payload bytea!, commit_metadata_sha1 text!
pendingsegments: id text!, datasource text!, created_date text!, start text!, end text!, sequence_name text!, sequence_prev_id text!, sequence_name_prev_id_sha1 text!, payload bytea!, upgraded_from_segment_id text, task_allocator_id text
rules: id text!, datasource text!, version text!, payload bytea!
segments: id text!, datasource text!, created_date text!, start text!, end text!, partitioned boolean!, version text!, used boolean!, payload bytea!, used_status_last_updated text!, upgraded_from_segment_id text
supervisors: id bigint!, spec_id text!, created_date text!, payload bytea!
tasklocks: id bigint!, task_id text, lock_payload bytea
tasks: id text!, created_date text!, datasource text!, payload bytea!, status_payload bytea!, active boolean!, type text, group_id text
upgradesegments: id bigint!, task_id text!, segment_id text!, lock_version text!
index audit_audit_time (created_date)
index audit_key_time (audit_key, created_date)
index audit_type_time (type, created_date)
index pendingsegments_datasource_end (datasource, "end")
index pendingsegments_datasource_sequence (datasource, sequence_name)
index pendingsegments_datasource_task_allocator_id (datasource, task_allocator_id)
index rules_datasource (datasource)
index segments_datasource_upgraded_from_segment_id (datasource, upgraded_from_segment_id)
index segments_datasource_used_end_start (datasource, used, "end", start)
index segments_used (used)
index supervisors_spec_id (spec_id)
index tasklocks_task_id (task_id)
index tasks_active_created_date (active, created_date)
index tasks_datasource_active (datasource, active)
index upgradesegments_task (task_id)`

// testTables: new tables are those of Druid, but for indexes by reach.
func testTables(t *testing.T, s *sqldbtest.Server) {
	if s.DriverName != "pgx" {
		t.Skip("the types are written down for PostgreSQL; the suite uses those of MariaDB")
	}
	store, err := sqldb.Open(t.Context(), configOf(s, "tables", true))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	db := s.Open(t)
	var lines []string
	last := ""
	for _, row := range rows(t, db, `SELECT substr(table_name, 8) t, column_name c, data_type d, character_maximum_length::text n, is_nullable o
		FROM information_schema.columns WHERE table_name LIKE 'tables\_%' ORDER BY table_name, ordinal_position`) {
		kind := fmt.Sprint(row["d"])
		if kind == "character varying" {
			if kind = fmt.Sprintf("varchar(%s)", row["n"]); kind == "varchar(255)" {
				kind = "text"
			}
		}
		if row["o"] == "NO" {
			kind += "!"
		}
		column := fmt.Sprintf("%s %s", row["c"], kind)
		if row["t"] == last {
			lines[len(lines)-1] += ", " + column
		} else {
			lines = append(lines, fmt.Sprintf("%s: %s", row["t"], column))
		}
		last = fmt.Sprint(row["t"])
	}
	for _, row := range rows(t, db, `SELECT indexname n, indexdef d FROM pg_indexes WHERE tablename LIKE 'tables\_%' AND indexname LIKE 'idx\_%' AND indexname NOT LIKE '%ovate%' ORDER BY indexname`) {
		_, columns, _ := strings.Cut(fmt.Sprint(row["d"]), " USING btree ")
		lines = append(lines, fmt.Sprintf("index %s %s", strings.TrimPrefix(fmt.Sprint(row["n"]), "idx_tables_"), columns))
	}
	if diff := cmp.Diff(druidTables, strings.Join(lines, "\n")); diff != "" {
		t.Error(diff)
	}
}

// testKeptStatements: what the store keeps in memory of its statements does not grow with the numbers that requests give.
func testKeptStatements(t *testing.T, s *sqldbtest.Server) {
	store := open(t, s, sqldb.Config{TablesBase: "kept"})
	defer store.Close()
	const requests = 20
	for i := range requests {
		q := metadata.UnusedQuery{DataSource: "d", Interval: druid.Eternity, Max: i + 1}
		if _, err := store.UnusedSegments(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		q.Versions = make([]string, 1000+i)
		if _, err := store.UnusedSegments(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			defer func(first int) {
				if last := store.KeptStatements(); last > first {
					t.Errorf("%d statements are kept after one round of requests, %d after %d", first, last, requests)
				}
			}(store.KeptStatements())
		}
	}
}
