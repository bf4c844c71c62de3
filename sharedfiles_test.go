package ovate

import (
	"encoding/json"
	"errors"
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
	outside := strings.Replace(own, root, t.TempDir(), 1) // with files, and of the form of a push
	if err := os.MkdirAll(outside+"index", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(outside+"index/version.bin", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	local := func(path string) string { return fmt.Sprintf(`{"type":"local","path":%q}`, path) }
	for _, bad := range []string{
		local(path), local(root), local(strings.TrimSuffix(own, "0/") + "1/index/"), local(own + "../../../../owner/index/"),
		local(own), local(own + "x/index/"), local("thief/index"), `null`, `{}`, `7`,
		local("/nowhere/index.zip"), local("/etc/"), local("/"), local(root + "/../../out/index/"), local(outside + "index"), local(outside + "index/"),
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
	const unique = "2/0e5f8d72-9c1c-8f3a-9d15-52b8c2a1f001/"
	versions := strings.TrimSuffix(own, "0/")
	// Files that are not there, or another segment's, which a link leads to.
	linked := versions + "7"
	if err := errors.Join(os.MkdirAll(versions, 0o755), os.Symlink(filepath.Dir(filepath.Clean(path)), linked), os.MkdirAll(versions+"8/index", 0o755),
		os.MkdirAll(versions+"9/index/version.bin", 0o755), os.MkdirAll(versions+"6", 0o755), os.Symlink(path, versions+"6/index")); err != nil {
		t.Fatal(err)
	}
	for partition, because := range map[int]string{0: "is not there", 6: "link", 7: "link", 8: "is not there", 9: "is none of a segment"} {
		at := fmt.Sprintf("%s%d/index", versions, partition)
		if code, body := publish(local(at+"/"), partition); code != http.StatusBadRequest || !strings.Contains(body, because) || !strings.Contains(body, at) {
			t.Errorf("partition %d: %d %s", partition, code, body)
		}
	}
	for _, dir := range []string{own, versions + unique + "index"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(t.TempDir(), "link") // another name of the storage
	if err := errors.Join(os.Symlink(root, link), os.MkdirAll(versions+"1", 0o755), os.WriteFile(versions+"1/index.zip", nil, 0o600), os.WriteFile(own+"index.zip", nil, 0o600), os.WriteFile(versions+unique+"index/version.bin", nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for partition, good := range []string{
		local(own + "index.zip"), local(strings.Replace(versions, root, link, 1) + "1/index.zip"), local(versions + unique + "index/"),
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

// A kill task removes all that it can, and fails for segments whose files are elsewhere, which stay.
func TestKillOfForeignFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, log := startWithLog(t, dir)
	run(t, s, log, inline("make", "wiki", "2026-01-05", false))
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := storedPath(t, dir, "wiki")
	for day, loadSpec := range map[int]string{
		1: `{"type":"s3_zip","bucket":"b","key":"k"}`, 2: `{"type":"local","path":"/nowhere/index.zip"}`, 7: `{"type":"local","path":"x"}`,
		3: `{"type":"local","path":5}`, 4: `"text"`, 8: `{"type":["local"],"path":"/nowhere/index.zip"}`, // which nobody can read
	} {
		start, end := fmt.Sprintf("2026-01-0%dT00:00:00.000Z", day), fmt.Sprintf("2026-01-0%dT00:00:00.000Z", day+1)
		statement(t, dir, fmt.Sprintf(`INSERT INTO druid_segments(id, dataSource, created_date, start, "end", partitioned, version, used, used_status_last_updated, payload)
			VALUES('wiki_%[1]s_%[2]s_v', 'wiki', '%[1]s', '%[1]s', '%[2]s', 1, 'v', 0, '%[1]s', CAST('{"dataSource":"wiki","interval":"%[1]s/%[2]s","version":"v","loadSpec":%[3]s,
			"dimensions":"","metrics":"","shardSpec":{"type":"numbered","partitionNum":0,"partitions":1},"binaryVersion":9,"size":1}' AS BLOB))`, start, end, loadSpec))
	}
	statement(t, dir, `UPDATE druid_segments SET used = 0`)
	s, log = startWithLog(t, dir)
	kill := `{"type":"kill","id":"k","dataSource":"wiki","interval":"2026-01-01/2026-02-01","batchSize":1}`
	if status := submitAndWait(t, s, log, kill); !strings.Contains(status, "FAILED") || !strings.Contains(status, "6 segments stay") {
		t.Error(status)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the files in deep storage stay")
	}
	if rows := statement(t, dir, `SELECT id FROM druid_segments`); strings.Count(rows, "wiki_") != 6 {
		t.Errorf("there are %s", rows)
	}
}
