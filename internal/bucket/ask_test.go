package bucket_test

import (
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ovate/internal/bucket"
	"ovate/internal/bucket/buckettest"
)

// Whoever asks for a bucket learns what is wrong, and no error tells a key.
func TestAsk(t *testing.T) {
	t.Parallel()
	reasons := []error{bucket.ErrNoBucket, bucket.ErrNoKey, bucket.ErrSecret, bucket.ErrRegion, bucket.ErrDenied, bucket.ErrKeyless}
	answers := func(status int, code, message string) func(http.ResponseWriter, *http.Request, http.Handler) {
		return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			buckettest.Refuse(w, status, code, message)
		}
	}
	for name, c := range map[string]struct {
		change func(*bucket.Config)
		answer func(w http.ResponseWriter, r *http.Request, next http.Handler)
		reason error // none: one that may pass
	}{
		"bucket":    {change: func(c *bucket.Config) { c.Name = "nope" }, reason: bucket.ErrNoBucket},
		"key":       {change: func(c *bucket.Config) { c.AccessKey = "AKIDOFSOMEBODYELSE" }, reason: bucket.ErrNoKey},
		"secret":    {change: func(c *bucket.Config) { c.SecretKey = "hidden" }, reason: bucket.ErrSecret},
		"region":    {change: func(c *bucket.Config) { c.Region = "eu-west-1" }, reason: bucket.ErrRegion},
		"moved":     {answer: answers(http.StatusMovedPermanently, "PermanentRedirect", "elsewhere"), reason: bucket.ErrRegion},
		"denied":    {answer: answers(http.StatusForbidden, "AccessDenied", "no"), reason: bucket.ErrDenied},
		"malformed": {answer: answers(http.StatusBadRequest, "AuthorizationHeaderMalformed", "something is missing")},
		"slow":      {answer: answers(http.StatusServiceUnavailable, "SlowDown", "later")},
		"not S3":    {answer: func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { _, _ = io.WriteString(w, "<html>hello") }},
		"not found": {answer: func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(http.StatusNotFound) }},
		"cut":       {answer: func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { breakOff(w) }},
		"nobody":    {change: func(c *bucket.Config) { c.Endpoint = "http://127.0.0.1:1" }},
		"protocol":  {change: func(c *bucket.Config) { c.Endpoint = strings.Replace(c.Endpoint, "http:", "https:", 1) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := buckettest.Start(t)
			config := server.Config()
			if c.change != nil {
				c.change(&config)
			}
			server.Fault(c.answer)
			err := open(t, config).Ask(t.Context(), "druid/segments/")
			if err == nil || !strings.Contains(err.Error(), "s3://"+config.Name) || c.reason != nil && !errors.Is(err, c.reason) {
				t.Fatalf("error %v, want %v", err, c.reason)
			}
			if c.reason == nil && slices.ContainsFunc(reasons, func(reason error) bool { return errors.Is(err, reason) }) {
				t.Errorf("error %v, of which nobody can be certain", err)
			}
			if strings.Contains(err.Error(), config.AccessKey) || strings.Contains(err.Error(), config.SecretKey) {
				t.Errorf("the error tells what requests are signed with: %v", err)
			}
		})
	}
}

// A bucket that is there is asked with one request, and one that fails now and then answers all the same.
func TestAskWell(t *testing.T) {
	t.Parallel()
	server := buckettest.Start(t)
	b := open(t, server.Config())
	if err := b.Ask(t.Context(), ""); err != nil || len(server.Asked()) != 1 {
		t.Errorf("%v, after %v", err, server.Asked())
	}
	server.Fault(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		server.Fault(nil)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	if err := b.Ask(t.Context(), "druid/"); err != nil {
		t.Error(err)
	}
}

// Where no keys are set, and none are found, that is told.
func TestAskWithoutKeys(t *testing.T) {
	server, none := buckettest.Start(t), filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{"AWS_EC2_METADATA_DISABLED": "true", "AWS_SHARED_CREDENTIALS_FILE": none, "AWS_CONFIG_FILE": none, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""} {
		t.Setenv(name, value)
	}
	config := server.Config()
	config.AccessKey, config.SecretKey = "", ""
	if err := open(t, config).Ask(t.Context(), ""); !errors.Is(err, bucket.ErrKeyless) || len(server.Asked()) > 0 {
		t.Errorf("%v, after %v", err, server.Asked())
	}
}
