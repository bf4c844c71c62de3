package ovate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// storedPath is where the files of the only segment of a data source lie.
func storedPath(t *testing.T, dir, dataSource string) string {
	t.Helper()
	var segment struct{ LoadSpec struct{ Path string } }
	if err := json.Unmarshal([]byte(statement(t, dir, fmt.Sprintf(`SELECT payload FROM druid_segments WHERE dataSource = '%s'`, dataSource))), &segment); err != nil {
		t.Fatal(err)
	}
	return segment.LoadSpec.Path
}

// A kill task removes no files that another segment names, whoever wrote the rows, whether that one is used, and whatever its load spec
// looks like; with the last row the files go.
func TestKillKeepsSharedFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const v = "2027-01-01T00:00:00.000Z"
	cases := []struct {
		name string
		used int
		// the row that shares the files
		dataSource, from, to string
		path                 func(path string) string
	}{
		{"upgraded", 1, "upgraded", "2026-01-01", "2026-01-02", func(p string) string { return p }},
		{"wider", 1, "wider", "2026-01-01", "2026-02-01", func(p string) string { return p }},
		{"unused", 0, "unused", "2025-01-01", "2027-01-01", func(p string) string { return p }},
		{"foreign", 1, "foreign2", "2024-01-01", "2024-01-02", func(p string) string { return p }},
		{"unclean", 0, "unclean2", "2026-01-01", "2026-01-02", func(p string) string {
			return strings.TrimSuffix(filepath.Dir(strings.TrimSuffix(p, "/")), "/") + "/../" + filepath.Base(filepath.Dir(strings.TrimSuffix(p, "/"))) + "//index"
		}},
	}
	s, log := startWithLog(t, dir)
	for _, c := range cases {
		run(t, s, log, inline("make-"+c.name, c.name, "2026-01-01", false))
	}
	run(t, s, log, inline("make-owner", "owner", "2026-01-01", false))
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	paths := map[string]string{}
	insert := func(dataSource, from, to, path string, used int, parent string) {
		t.Helper()
		interval := from + "T00:00:00.000Z_" + to + "T00:00:00.000Z"
		statement(t, dir, fmt.Sprintf(`INSERT INTO druid_segments(id, dataSource, created_date, start, "end", partitioned, version, used, used_status_last_updated,
			upgraded_from_segment_id, payload) VALUES('%[1]s_%[2]s_%[3]s', '%[1]s', '%[3]s', '%[4]sT00:00:00.000Z', '%[5]sT00:00:00.000Z', 1, '%[3]s', %[6]d, '%[3]s', %[7]s,
			CAST('{"dataSource": "%[1]s", "interval": "%[8]s", "version": "%[3]s", "loadSpec": {"path": "%[9]s", "type": "local"}, "dimensions": "page",
				"metrics": "", "shardSpec": {"type": "numbered", "partitionNum": 0, "partitions": 1}, "binaryVersion": 9, "size": 1}' AS BLOB))`,
			dataSource, interval, v, from, to, used, parent, strings.Replace(interval, "_", "/", 1), path))
	}
	for _, c := range cases {
		paths[c.name] = storedPath(t, dir, c.name)
		statement(t, dir, fmt.Sprintf(`UPDATE druid_segments SET used = 0 WHERE dataSource = '%s'`, c.name))
		parent := "NULL"
		if c.dataSource == c.name {
			parent = fmt.Sprintf(`(SELECT id FROM druid_segments WHERE dataSource = '%s')`, c.name)
		}
		insert(c.dataSource, c.from, c.to, c.path(paths[c.name]), c.used, parent)
	}
	owned := storedPath(t, dir, "owner") // the other way round: the row that goes is the one that names another's files
	insert("thief", "2026-01-01", "2026-01-02", owned, 0, "NULL")

	s, log = startWithLog(t, dir)
	kill := func(id, dataSource, interval string) {
		t.Helper()
		run(t, s, log, fmt.Sprintf(`{"type":"kill","id":"%s","dataSource":"%s","interval":"%s"}`, id, dataSource, interval))
	}
	there := func(path string) bool {
		_, err := os.Stat(filepath.Join(path, "version.bin"))
		return err == nil
	}
	for _, c := range cases {
		kill("kill-"+c.name, c.name, "2026-01-01/2026-01-02")
		if !there(paths[c.name]) {
			t.Errorf("%s: the files of a segment whose row stays are gone", c.name)
		}
	}
	kill("kill-thief", "thief", "2026-01-01/2026-01-02")
	if !there(owned) {
		t.Error("the files of another data source's segment are gone")
	}
	for _, c := range cases {
		if code, body := ask(s, http.MethodDelete, "/druid/indexer/v1/datasources/"+c.dataSource, ""); code != http.StatusOK {
			t.Fatal(code, body)
		}
		kill("last-"+c.name, c.dataSource, "2000-01-01/2030-01-01")
		if there(paths[c.name]) {
			t.Errorf("%s: no row names the files any more, and they stay", c.name)
		}
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows := statement(t, dir, `SELECT id FROM druid_segments WHERE dataSource <> 'owner'`); rows != "" {
		t.Errorf("rows are left:\n%s", rows)
	}
}

// A task elsewhere cannot publish a segment that names files which no push of that segment makes, through a proxy or not.
func TestPublishOfForeignFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, log := startWithLog(t, dir)
	run(t, s, log, inline("make", "owner", "2026-01-01", false))
	path := storedPath(t, dir, "owner")
	if code, body := ask(s, http.MethodPost, "/druid/indexer/v1/task", `{"type":"noop","id":"n","dataSource":"thief","runTime":3600000}`); code != http.StatusOK {
		t.Fatal(body)
	}
	const interval = "2026-01-01T00:00:00.000Z/2026-01-02T00:00:00.000Z"
	code, body := ask(s, http.MethodPost, "/druid/indexer/v1/action", `{"task":{"type":"noop","id":"n","dataSource":"thief"},"action":{"type":"lockTryAcquire","lockType":"EXCLUSIVE","interval":"`+interval+`"}}`)
	var lock struct{ Result struct{ Version string } }
	if err := json.Unmarshal([]byte(body), &lock); code != http.StatusOK || err != nil || lock.Result.Version == "" {
		t.Fatal(code, body)
	}
	v := lock.Result.Version
	root := path[:strings.Index(path, "/owner/")]
	own := root + "/thief/" + strings.Replace(interval, "/", "_", 1) + "/" + v + "/0/"
	publish := func(loadSpec string, partition int) (int, string) {
		return ask(s, http.MethodPost, "/druid/indexer/v1/action", fmt.Sprintf(`{"task":{"type":"noop","id":"n","dataSource":"thief"},"action":{"type":"segmentTransactionalInsert","segments":[
			{"dataSource":"thief","interval":"%s","version":"%s","loadSpec":%s,"dimensions":"a","metrics":"","shardSpec":{"type":"numbered","partitionNum":%d,"partitions":0},
			"binaryVersion":9,"size":1}]}}`, interval, v, loadSpec, partition))
	}
	local := func(path string) string { return fmt.Sprintf(`{"type":"local","path":%q}`, path) }
	for _, bad := range []string{
		local(path), local(root), local(strings.TrimSuffix(own, "0/") + "1/index/"), local(own + "../../../../owner/index/"),
		local(own), local(own + "x/index/"), local("thief/index"), `null`, `{}`, `7`,
	} {
		if code, body := publish(bad, 0); code != http.StatusBadRequest || !strings.Contains(body, "loadSpec") {
			t.Errorf("published with the load spec %s: %d %s", bad, code, body)
		}
	}
	if code, body := publish(local(own+"index/"), -1); code != http.StatusBadRequest || !strings.Contains(body, "partitionNum") {
		t.Errorf("partition -1: %d %s", code, body)
	}
	one := fmt.Sprintf(`{"dataSource":"thief","interval":"%s","version":"%s","loadSpec":%s,"dimensions":"a","metrics":"",
		"shardSpec":{"type":"numbered","partitionNum":0,"partitions":0},"binaryVersion":9,"size":1}`, interval, v, local(own+"index/"))
	half := strings.ReplaceAll(one, "2026-01-02", "2026-01-01")
	for because, segments := range map[string]string{"each segment must be there once": one + "," + strings.Replace(one, `"size":1`, `"size":2`, 1), "overlap": one + "," + strings.ReplaceAll(half, "01T00:00:00.000Z/2026-01-01T00", "01T00:00:00.000Z/2026-01-01T12")} {
		segments = strings.ReplaceAll(segments, "2026-01-01T00:00:00.000Z_2026-01-01T00", "2026-01-01T00:00:00.000Z_2026-01-01T12")
		if code, body := ask(s, http.MethodPost, "/druid/indexer/v1/action", `{"task":{"type":"noop","id":"n","dataSource":"thief"},"action":{
			"type":"segmentTransactionalInsert","segments":[`+segments+`]}}`); code != http.StatusBadRequest || !strings.Contains(body, because) {
			t.Errorf("%s: %d %s", because, code, body)
		}
	}
	for partition, good := range []string{
		local(own + "index.zip"), local("/nowhere/index.zip"), local(strings.TrimSuffix(own, "0/") + "2/0e5f8d72-9c1c-8f3a-9d15-52b8c2a1f001/index/"),
		`{"type":"s3_zip","bucket":"b","key":"druid/thief/index.zip","S3Schema":"s3n"}`,
	} {
		if code, body := publish(good, partition); code != http.StatusOK || !strings.Contains(body, `"success":true`) {
			t.Errorf("not published with the load spec %s: %d %s", good, code, body)
		}
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}
