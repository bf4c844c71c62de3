package stores_test

import (
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"ovate/internal/bucket/buckettest"
	"ovate/internal/config"
	"ovate/internal/deepstorage"
	"ovate/internal/stores"
)

// What is wrong about buckets is told by the properties that have to change, once each, and what may pass is a warning.
func TestAskBuckets(t *testing.T) {
	t.Parallel()
	denied := func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		buckettest.Refuse(w, http.StatusForbidden, "AccessDenied", "Access Denied")
	}
	for name, c := range map[string]struct {
		set          map[string]string
		answer       func(w http.ResponseWriter, r *http.Request, next http.Handler)
		wrong, warns []string // what is told, in order
	}{
		"right":   {},
		"buckets": {set: map[string]string{"druid.storage.bucket": "nope", "druid.indexer.logs.s3Bucket": "none"}, wrong: []string{`druid.storage.bucket = "nope" (test): must be a bucket that is there`, `druid.indexer.logs.s3Bucket = "none" (test): must be`}},
		"logs":    {set: map[string]string{"druid.storage.type": "local", "druid.indexer.logs.s3Bucket": "none"}, wrong: []string{`druid.indexer.logs.s3Bucket = "none" (test): must be`}},
		"key":     {set: map[string]string{"druid.s3.accessKey": "AKIDHIDDEN"}, wrong: []string{`druid.s3.accessKey = "***" (test): must be`}},
		"secret":  {set: map[string]string{"druid.s3.secretKey": "HIDDEN"}, wrong: []string{`druid.s3.secretKey = "***" (test): must be`}},
		"region":  {set: map[string]string{"druid.s3.endpoint.signingRegion": "eu-west-1"}, wrong: []string{`druid.s3.endpoint.signingRegion = "eu-west-1" (test): must be`}},
		"nobody":  {set: map[string]string{"druid.s3.endpoint.url": "http://127.0.0.1:1"}, warns: []string{`druid.s3.endpoint.url = \"http://127.0.0.1:1\" (test): must be`}},
		"denied":  {answer: denied, warns: []string{`druid.storage.bucket = \"deep\" (test): must be`, `druid.indexer.logs.s3Bucket = \"deep\" (test): must be`}},
		"folders": {set: map[string]string{"druid.storage.type": "local", "druid.indexer.logs.type": "file", "druid.storage.bucket": "nope"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := buckettest.Start(t)
			server.Fault(c.answer)
			properties := map[string]string{
				"ovate.data": t.TempDir(), "druid.storage.type": "s3", "druid.storage.bucket": server.Bucket,
				"druid.indexer.logs.type": "s3", "druid.indexer.logs.s3Bucket": server.Bucket, "druid.indexer.logs.s3Prefix": "logs",
				"druid.s3.endpoint.url": server.URL, "druid.s3.enablePathStyleAccess": "true", "druid.s3.accessKey": server.AccessKey, "druid.s3.secretKey": server.SecretKey,
			}
			maps.Copy(properties, c.set)
			var sources config.Sources
			for key, value := range properties {
				sources.Flags = append(sources.Flags, config.Setting{Key: key, Value: value, Origin: "test"})
			}
			set, err := config.Load(sources)
			if err != nil {
				t.Fatal(err)
			}
			told := new(strings.Builder)
			log := slog.New(slog.NewTextHandler(told, nil))
			segments, err := stores.DeepStorage(set, deepstorage.Owner{})
			if err != nil {
				t.Fatal(err)
			}
			defer segments.Close()
			logs, err := stores.TaskLogs(set, log)
			if err != nil {
				t.Fatal(err)
			}
			defer logs.Close()
			wrong := ""
			if err := stores.AskBuckets(t.Context(), set, segments, logs, log); err != nil {
				wrong = err.Error() + "\n"
			}
			inOrder(t, wrong, c.wrong)
			inOrder(t, strings.ReplaceAll(told.String(), server.Bucket, "deep"), c.warns)
			for _, secret := range []string{"HIDDEN", server.AccessKey, server.SecretKey} {
				if strings.Contains(wrong+told.String(), secret) {
					t.Errorf("%s is told:\n%s%s", secret, wrong, told)
				}
			}
		})
	}
}

// inOrder fails unless a text has as many lines as there are texts wanted, each with its text.
func inOrder(t *testing.T, text string, want []string) {
	t.Helper()
	lines := slices.Collect(strings.Lines(text))
	if len(lines) != len(want) {
		t.Errorf("%d lines are told, want %d:\n%s", len(lines), len(want), text)
		return
	}
	for i, line := range lines {
		if !strings.Contains(line, want[i]) {
			t.Errorf("told is %s, want %s", line, want[i])
		}
	}
}
