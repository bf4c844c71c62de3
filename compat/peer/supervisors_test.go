//go:build peer

package peer

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const supervisorPath = "/druid/indexer/v1/supervisor"

// suspendedKafka is the spec of a supervisor that rests, so that nobody looks for a broker.
func suspendedKafka(dataSource string) string {
	return fmt.Sprintf(`{"type":"kafka","spec":{"dataSchema":{"dataSource":%q,"timestampSpec":{"column":"ts"},"dimensionsSpec":{"dimensions":["page"]},`+
		`"granularitySpec":{"segmentGranularity":"HOUR"}},"ioConfig":{"topic":"t","consumerProperties":{"bootstrap.servers":"127.0.0.1:1"},"inputFormat":{"type":"json"}},`+
		`"tuningConfig":{"type":"kafka"}},"suspended":true}`, dataSource)
}

func compactionOf(dataSource string) string {
	return fmt.Sprintf(`{"type":"autocompact","spec":{"dataSource":%q}}`, dataSource)
}

// TestSupervisors: a Java Overlord, ovate and a Java Overlord lead in turn, and ovate again. Each has the supervisors that the one before it has left, in
// the state in which it has, changes them, and leaves rows that tell the same as the other's do.
func TestSupervisors(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	began := time.Now()
	w := &watchedSupervisors{site: newSite(ctx, t, 1)}
	w.loadKafka()

	w.leads(w.java(), "")
	w.post("", suspendedKafka("byjava"), `{"id":"byjava"}`)
	w.post("", compactionOf("wiki"), `{"id":"autocompact__wiki"}`)
	w.post("", suspendedKafka("endjava"), `{"id":"endjava"}`)
	w.post("/endjava/terminate", "", `{"id":"endjava"}`)
	left := w.rows()

	w.leads(w.ovate(), "autocompact__wiki byjava(suspended)")
	if now := w.rows(); !slices.Equal(left, now) {
		t.Errorf("the rows were\n%s\nand are\n%s", strings.Join(left, "\n"), strings.Join(now, "\n"))
	}
	spec := w.leader.get(supervisorPath + "/byjava")
	if resumed := strings.Replace(spec, `"suspended":true}`, `"suspended":false}`, 1); resumed == spec {
		t.Errorf("Java's spec is %s", spec)
	} else {
		w.post("/byjava/resume", "", resumed)
	}
	w.post("/byjava/suspend", "", spec)
	if answer := w.leader.post(supervisorPath+"/autocompact__wiki/suspend", ""); !strings.Contains(answer, `"suspended":true`) {
		t.Errorf("suspended it is %s", answer)
	}
	w.post("", suspendedKafka("byovate"), `{"id":"byovate"}`)
	w.post("", `{"type":"ovate_scheduled_task","id":"ours","suspended":true,"task":{"type":"noop","dataSource":"wiki"},"schedulerConfig":{"type":"unix","schedule":"@daily"}}`, `{"id":"ours"}`)
	w.post("", suspendedKafka("endovate"), `{"id":"endovate"}`)
	w.post("/endovate/shutdown", "", `{"id":"endovate"}`)
	histories := w.leader.get(supervisorPath + "/history")

	w.leads(w.java(), "autocompact__wiki(suspended) byjava(suspended) byovate(suspended)") // it passes over what it does not know
	w.compare("autocompact__wiki", "byjava", "byovate", "endjava", "endovate")(histories, w.leader.get(supervisorPath+"/history"))
	if answer := w.leader.post(supervisorPath+"/autocompact__wiki/resume", ""); !strings.Contains(answer, `"suspended":false`) {
		t.Errorf("resumed by Java it is %s", answer)
	}
	w.post("/byovate/terminate", "", `{"id":"byovate"}`)

	w.leads(w.ovate(), "autocompact__wiki byjava(suspended) ours(suspended)")
	all := w.rows()
	if ours, theirs := w.last(all, "endovate"), w.last(all, "endjava"); theirs == "" || strings.ReplaceAll(ours, "endovate", "endjava") != theirs {
		t.Errorf("ovate's tombstone is %s, and Java's %s", ours, theirs)
	}
	if ours, theirs := w.audits("byovate"), w.audits("byjava"); theirs == "" || strings.ReplaceAll(ours, "byovate", "byjava") != theirs {
		t.Errorf("ovate's audit entry is\n%s\nand Java's\n%s", ours, theirs)
	}
	fmt.Fprintf(os.Stderr, "all of it took %.1f s\n", time.Since(began).Seconds())
}

// watchedSupervisors are those of a site.
type watchedSupervisors struct {
	*site
	leader *overlord
}

// leads has another lead, and holds the supervisors that it has against these.
func (w *watchedSupervisors) leads(next *overlord, want string) {
	w.t.Helper()
	if w.leader != nil {
		if err := w.leader.terminate(); err != nil {
			w.t.Error(err)
		}
	}
	w.leader = next
	w.awaitLead(next)
	var all []struct {
		ID        string
		Suspended bool
	}
	var got []string
	until(w.ctx, w.t, "the supervisors are told", func() bool {
		all, got = nil, nil
		return json.Unmarshal([]byte(next.get(supervisorPath+"?system")), &all) == nil
	})
	for _, one := range all {
		if one.Suspended {
			one.ID += "(suspended)"
		}
		got = append(got, one.ID)
	}
	slices.Sort(got)
	if text := strings.Join(got, " "); text != want {
		w.t.Errorf("%s has the supervisors %s, want %s", next.name, text, want)
	}
}

// post fails unless the answer is this.
func (w *watchedSupervisors) post(path, body, want string) {
	w.t.Helper()
	if answer := w.leader.post(supervisorPath+path, body); answer != want {
		w.t.Errorf("%s: POST %s is answered\n%s\nwant\n%s", w.leader.name, path, answer, want)
	}
}

// compare holds what two tell of the histories of supervisors against each other: when there were which versions, of which type, and whether they rested.
func (w *watchedSupervisors) compare(ids ...string) func(ours, theirs string) {
	words := func(text string) (told []string) {
		var histories map[string][]struct {
			Version string
			Spec    struct {
				Suspended   bool
				DataSources []string
			}
		}
		if err := json.Unmarshal([]byte(text), &histories); err != nil {
			w.t.Fatalf("%s: %v", text, err)
		}
		for _, id := range ids {
			told = append(told, fmt.Sprint(id, " ", histories[id]))
		}
		return told
	}
	return func(ours, theirs string) {
		w.t.Helper()
		if a, b := words(ours), words(theirs); !slices.Equal(a, b) {
			w.t.Errorf("ovate tells\n%s\nand Java\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
		}
	}
}

// rows are the versions that are stored, the oldest first, each after the id.
func (w *watchedSupervisors) rows() []string {
	w.t.Helper()
	return w.texts("SELECT spec_id || ' ' || convert_from(payload, 'UTF8') FROM druid_supervisors ORDER BY id")
}

// last is the newest version of a supervisor.
func (w *watchedSupervisors) last(rows []string, id string) (payload string) {
	for _, row := range rows {
		if text, is := strings.CutPrefix(row, id+" "); is {
			payload = text
		}
	}
	return payload
}

// audits are the entries of a supervisor, but for their times.
func (w *watchedSupervisors) audits(id string) string {
	w.t.Helper()
	all := strings.Join(w.texts("SELECT type || ' ' || author || ' ' || comment || ' ' || convert_from(payload, 'UTF8') FROM druid_audit WHERE audit_key = '"+id+"' ORDER BY id"), "\n")
	return regexp.MustCompile(`"auditTime":"[^"]*"`).ReplaceAllString(all, "")
}

func (w *watchedSupervisors) texts(query string) []string {
	w.t.Helper()
	return textsOf(w.ctx, w.t, w.database.Open(w.t), query)
}

// textsOf are the rows of a query for one text.
func textsOf(ctx context.Context, t *testing.T, db *sql.DB, query string) (texts []string) {
	t.Helper()
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return texts
}
