//go:build peer

package peer

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ovate/compat/replay"
)

var recordActions = flag.Bool("record", false, "keep what the Java Overlord does in compat/testdata/actions")

// TestActions sends the script of task actions to a Java Overlord and to ovate, each on a database of its own in PostgreSQL, and compares their
// answers and the rows that come of them.
func TestActions(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	began := time.Now()
	script, java := replay.Script(), map[string][]replay.Noted{}
	ofJava := newSite(ctx, t, 1)
	ofJava.loadKafka()
	overlord := ofJava.java()
	ofJava.awaitLead(overlord)
	at := replay.Overlord{URL: ofJava.url(Overlord), DB: ofJava.database.Open(t)}
	for _, s := range script {
		noted, err := at.Run(ctx, s)
		if err != nil {
			t.Error(err)
			continue
		}
		java[s.Name] = noted
		if *recordActions {
			if err := replay.Save(filepath.Join("..", "testdata", "actions"), s, noted); err != nil {
				t.Error(err)
			}
		}
	}
	overlord.kill()
	t.Logf("the Java Overlord has done it after %.1f s", time.Since(began).Seconds())

	ours := newSite(ctx, t, 1)
	led := ours.ovate()
	ours.awaitLead(led)
	at = replay.Overlord{URL: led.overlord.URL(), DB: ours.database.Open(t)}
	for _, s := range script {
		noted, err := at.Run(ctx, s)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, difference := range replay.Compare(s, java[s.Name], noted) {
			t.Error(difference)
		}
	}
}

// loadKafka gives the Overlord and the workers that start from now on Druid's extension for Kafka, which knows how far a topic was read.
func (s *site) loadKafka() {
	s.t.Helper()
	lib, err := ensure(s.ctx, os.Stderr, "kafka-"+Version, dependency("org.apache.druid.extensions", "druid-kafka-indexing-service", Version))
	if err != nil {
		s.t.Fatal(err)
	}
	s.conf.extensions = append(s.conf.extensions, jars(lib))
}
