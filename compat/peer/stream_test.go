//go:build peer

package peer

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ovate/internal/metadata/sqldb/sqldbtest"
)

// streamSite is a site with a Kafka, a worker that reads it, and who answers SQL.
type streamSite struct {
	*site
	kafka  *Kafka
	db     *sql.DB
	worker *process
	// historical loads what was published, without which no task ends.
	historical *process
	leader     *overlord
	kind       string // of leader that it has had first
}

// leaders are those that may lead a site of streams.
var leaders = map[string]func(*site) *overlord{"java": (*site).java, "ovate": (*site).ovate}

// newStreamSite starts everything, with a leader that is of a kind, and returns when it leads and has a worker: an Indexer. The metadata is in PostgreSQL.
func newStreamSite(ctx context.Context, t *testing.T, leader string) *streamSite {
	t.Helper()
	return newStreamSiteIn(ctx, t, leader, Indexer, postgreSQL, sqldbtest.PostgreSQL(t))
}

// newStreamSiteIn is newStreamSite with another worker, and with a database of that kind.
func newStreamSiteIn(ctx context.Context, t *testing.T, leader string, worker Role, kind database, server *sqldbtest.Server) *streamSite {
	t.Helper()
	began := time.Now()
	const slots = 12
	s := &streamSite{site: newSiteIn(ctx, t, kind, server, slots), kind: leader}
	s.conf.heap, s.conf.heaps = 300, map[Role]int{Indexer: 1200}
	s.conf.more = map[Role]properties{worker: {
		"druid.segment.handoff.pollDuration":        "PT1S",
		"druid.peon.taskActionClient.retry.minWait": "PT0.1S", "druid.peon.taskActionClient.retry.maxWait": "PT1S", "druid.peon.taskActionClient.retry.maxRetryCount": "600",
	}}
	s.loadKafka()
	s.db = s.database.Open(t)
	s.worker = s.start(worker)
	s.leader = leaders[leader](s.site)
	s.start(Coordinator)
	s.historical = s.start(Historical)
	s.start(Broker)
	s.kafka = startKafka(ctx, t)
	s.awaitLead(s.leader)
	s.leader.awaitWorker()
	fmt.Fprintf(os.Stderr, "a site led by %s is there after %.1f s\n", leader, time.Since(began).Seconds())
	return s
}

// requireStreams skips the test unless ovate runs supervisors of streams.
func requireStreams(ctx context.Context, t *testing.T) {
	t.Helper()
	if runs, answer := runsStreams(ctx, t); !runs {
		t.Skipf("ovate does not run supervisors of Kafka yet; it answers %s", answer)
	}
}

// runsStreams tells whether ovate runs supervisors of streams, and what it answers to the submission of one.
func runsStreams(ctx context.Context, t *testing.T) (runs bool, answer string) {
	t.Helper()
	c, p := launch(ctx, t, t.TempDir(), "druid.host=127.0.0.1", "druid.zk.service.enabled=false", "ovate.workers=127.0.0.1:1")
	defer p.kill()
	hands := &remoteHands{t, ctx, c}
	answer = hands.post(supervisorPath, supervision{dataSource: "probe", topic: "probe"}.spec("127.0.0.1:1"))
	return strings.Contains(answer, `"id":"probe"`) && !strings.Contains(answer, `"warning"`), answer
}

// in is the site for a test within another.
func (s *streamSite) in(t *testing.T) *streamSite {
	within := *s.site
	within.t = t
	hands := *s.leader.remoteHands
	hands.t = t
	c := *s
	c.site, c.leader = &within, &overlord{&hands, s.leader.process}
	return &c
}

func (s *streamSite) count(query string) (n int64) {
	s.t.Helper()
	if err := s.db.QueryRowContext(s.ctx, query).Scan(&n); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// text is the text of a column of bytes, to the database.
func (s *streamSite) text(column string) string {
	if s.site.kind == mySQL {
		return "CONVERT(" + column + " USING utf8mb4)"
	}
	return "convert_from(" + column + ", 'UTF8')"
}

// published is how many segments are, ever.
func (s *streamSite) published(dataSource string) int64 {
	s.t.Helper()
	return s.count("SELECT COUNT(*) FROM druid_segments WHERE datasource = '" + dataSource + "'")
}

// offsets are those up to which the database has what was read; none if it has none.
func (s *streamSite) offsets(dataSource string) map[string]int64 {
	s.t.Helper()
	var text string
	query := fmt.Sprintf("SELECT %s FROM druid_dataSource WHERE dataSource = '%s'", s.text("commit_metadata_payload"), dataSource)
	err := s.db.QueryRowContext(s.ctx, query).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	var stored struct {
		Partitions struct{ PartitionSequenceNumberMap map[string]int64 }
	}
	if err := errors.Join(err, json.Unmarshal([]byte(text), &stored)); err != nil {
		s.t.Fatalf("offsets of %s: %v: %s", dataSource, err, text)
	}
	return stored.Partitions.PartitionSequenceNumberMap
}

// exact is the answer to a query whose distinct counts are not estimated.
func (s *streamSite) exact(query string) string {
	body := fmt.Sprintf(`{"query":%q,"resultFormat":"csv","context":{"useCache":false,"populateCache":false,"useApproximateCountDistinct":false}}`, query)
	return strings.TrimSpace(textOf(http.Post(s.url(Broker)+"/druid/v2/sql", "application/json", strings.NewReader(body))))
}

// awaitRows returns once SQL tells of as many rows as were sent.
func (s *streamSite) awaitRows(dataSource string, rows int64) {
	s.t.Helper()
	s.awaitAnswer(fmt.Sprintf(`SELECT COUNT(*) FROM "%s"`, dataSource), strconv.FormatInt(rows, 10))
}

func (s *streamSite) awaitAnswer(query, want string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.ctx, 5*time.Minute)
	defer cancel()
	got := ""
	if err := Poll(ctx, func() (bool, error) { got = s.exact(query); return got == want, nil }); err != nil {
		s.t.Fatalf("%s is answered with %s, want %s", query, got, want)
	}
}

// checkAll fails the test unless every row that was sent is there once, by SQL from segments, and the database tells so, and has nothing left over. The
// supervisor must be suspended.
func (s *streamSite) checkAll(dataSource string, f *flow) {
	s.t.Helper()
	want := f.ledger
	s.awaitAnswer(fmt.Sprintf(`SELECT COUNT(*), SUM("id"), SUM("distance") FROM "%s"`, dataSource), fmt.Sprintf("%d,%d,%d", want.rows, want.ids, want.distance))
	const some = 100_000 // whose distinct ids fit into memory
	var distinct int64
	for from := int64(0); from < f.ids; from += some {
		answer := s.exact(fmt.Sprintf(`SELECT COUNT(DISTINCT "id") FROM "%s" WHERE "id" >= %d AND "id" < %d`, dataSource, from, from+some))
		n, err := strconv.ParseInt(answer, 10, 64)
		if err != nil {
			s.t.Fatalf("distinct ids of %s: %s", dataSource, answer)
		}
		distinct += n
	}
	if distinct != want.rows {
		s.t.Errorf("%s has %d distinct ids, and %d were sent; more than once are there %s", dataSource, distinct, want.rows,
			s.exact(fmt.Sprintf(`SELECT "id", COUNT(*) FROM "%s" GROUP BY 1 HAVING COUNT(*) > 1 LIMIT 20`, dataSource)))
	}
	s.checkOffsets(dataSource, f)
	s.nothingLeft(dataSource)
}

// checkOffsets fails the test unless the offsets in the database are the ends of the topic, and these what was acknowledged.
func (s *streamSite) checkOffsets(dataSource string, f *flow) {
	s.t.Helper()
	ends, err := s.kafka.Ends(s.ctx, f.topic)
	if err != nil {
		s.t.Fatal(err)
	}
	stored := s.offsets(dataSource)
	for partition, end := range ends {
		if end != f.ledger.ends[partition] {
			s.t.Errorf("partition %s of %s ends at %d, and acknowledged are %d", partition, f.topic, end, f.ledger.ends[partition])
		}
		if stored[partition] != end { // of a partition without records may nothing be stored
			s.t.Errorf("%s is stored to be read up to %v, and the topic ends at %v", dataSource, stored, ends)
		}
	}
}

// nothingLeft fails the test if locks or reserved segments of a data source are there that has no task any more.
func (s *streamSite) nothingLeft(dataSource string) {
	s.t.Helper()
	until(s.ctx, s.t, "no locks of "+dataSource+" are left", func() bool {
		return s.count("SELECT COUNT(*) FROM druid_tasklocks WHERE "+s.text("lock_payload")+" LIKE '%\"dataSource\":\""+dataSource+"\"%'") == 0
	})
	ctx, cancel := context.WithTimeout(s.ctx, time.Minute) // a task that was ended may have to be told so yet
	defer cancel()
	var left []string
	if err := Poll(ctx, func() (bool, error) {
		left = textsOf(s.ctx, s.t, s.db, "SELECT CONCAT(created_date, ' ', sequence_name, ' ', id) FROM druid_pendingSegments WHERE datasource = '"+dataSource+"' ORDER BY 1")
		return len(left) == 0, nil
	}); err != nil {
		told := s.t.Errorf
		if s.kind == "java" {
			told = s.t.Logf // a Java Overlord leaves some at times where replicas were killed
		}
		told("reserved segments are left:\n%s\nof the tasks\n%s", strings.Join(left, "\n"), strings.Join(textsOf(s.ctx, s.t, s.db,
			"SELECT CONCAT(created_date, ' ', id) FROM druid_tasks WHERE datasource = '"+dataSource+"' ORDER BY 1"), "\n"))
	}
}

// eachLeader runs a test with each kind of leader in a site of its own; with -short with Java alone if ovate cannot, and else with ovate alone.
func eachLeader(t *testing.T, limit time.Duration, test func(s *streamSite)) {
	eachLeaderOf(t, limit, func(ctx context.Context, t *testing.T, leader string) { test(newStreamSite(ctx, t, leader)) })
}

// eachLeaderOf is eachLeader for a test that makes the site.
func eachLeaderOf(t *testing.T, limit time.Duration, test func(ctx context.Context, t *testing.T, leader string)) {
	for _, leader := range slices.Sorted(maps.Keys(leaders)) {
		t.Run(leader, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			if leader == "ovate" {
				requireStreams(ctx, t)
			} else if testing.Short() && !*recordActions {
				if runs, _ := runsStreams(ctx, t); runs {
					t.Skip("it takes minutes, and ovate is tested so")
				}
			}
			test(ctx, t, leader)
		})
	}
}

// run runs a test within that of the site.
func (s *streamSite) run(name string, test func(*streamSite)) {
	s.t.Run(name, func(t *testing.T) { test(s.in(t)) })
}

// said tells how long it took until something was so.
func (s *streamSite) said(began time.Time, what string) {
	fmt.Fprintf(os.Stderr, "%s: %s after %.1f s\n", s.t.Name(), what, time.Since(began).Seconds())
}
