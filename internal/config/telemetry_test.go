package config

import (
	"log/slog"
	"strings"
	"testing"
)

// loaded is the config of properties that are given, each as name=value.
func loaded(t *testing.T, properties ...string) (*Config, error) {
	t.Helper()
	var from Sources
	for _, p := range properties {
		name, value, _ := strings.Cut(p, "=")
		from.Flags = append(from.Flags, Setting{name, value, "-D"})
	}
	return Load(from)
}

// Emitters that there are not, and monitors, are told of, and the server starts all the same, as with Druid's own files.
func TestEmitters(t *testing.T) {
	t.Parallel()
	const url = "druid.emitter.http.recipientBaseUrl=http://h:1/p"
	for _, c := range []struct {
		given     []string
		log, http bool
		remark    string // a part of it; empty: there is none
	}{
		{nil, false, false, ""},
		{[]string{"druid.emitter=noop"}, false, false, ""},
		{[]string{"druid.emitter=logging", "druid.emitter.logging.logLevel=debug"}, true, false, ""},
		{[]string{"druid.emitter=http", url}, false, true, ""},
		{[]string{"druid.emitter=composing", `druid.emitter.composing.emitters=["logging","http"]`, url}, true, true, ""},
		{[]string{"druid.emitter=logging", `druid.emitter.composing.emitters=["http"]`}, true, false, ""},
		{[]string{"druid.emitter=kafka"}, false, false, "emitter kafka has no effect here"},
		{[]string{"druid.emitter=prometheus"}, false, false, "/metrics"},
		{[]string{"druid.emitter=composing", "druid.emitter.composing.emitters=logging,statsd"}, true, false, "emitter statsd has no effect here"},
		{[]string{`druid.monitoring.monitors=["org.apache.druid.java.util.metrics.JvmMonitor","org.apache.druid.server.metrics.TaskCountStatsMonitor"]`},
			false, false, "JvmMonitor has no effect here"},
	} {
		got, err := loaded(t, c.given...)
		if err != nil {
			t.Errorf("%q: %v", c.given, err)
			continue
		}
		var remarks []string
		for _, r := range got.Remarks() {
			remarks = append(remarks, r.What)
		}
		all := strings.Join(remarks, "\n")
		if got.Emitter.Logging != c.log || got.Emitter.HTTP != c.http || (c.remark == "") != (all == "") || !strings.Contains(all, c.remark) {
			t.Errorf("%q: %+v, remarks %q", c.given, got.Emitter, all)
		}
	}
	got, err := loaded(t, "druid.monitoring.monitors=a.TaskCountStatsMonitor,b.TaskCountStatsMonitor,c.ServiceStatusMonitor", "ovate.log.format=JSON", "ovate.log.level=warn",
		"druid.emitter.http.basicAuthentication=me:so:secret")
	if err != nil || strings.Join(got.Emitter.Monitors, " ") != TaskCountStats+" "+ServiceStatus || !got.Log.JSON || got.Log.Level != slog.LevelWarn ||
		got.Emitter.User != "me" || got.Emitter.Password != "so:secret" {
		t.Errorf("%+v, %v", got, err)
	}
	if shown, there := got.Properties()["druid.emitter.http.basicAuthentication"]; there {
		t.Errorf("a password is shown: %s", shown)
	}
}

// What cannot be honoured names the property, the value and what would be right.
func TestBadTelemetry(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"druid.emitter=http":                              "must be the URL to which events are to be posted",
		"druid.emitter.http.recipientBaseUrl=host:1":      "must be a URL like http://HOST:PORT/PATH",
		"druid.emitter.http.flushCount=0":                 "flushCount",
		"druid.emitter.http.batchingStrategy=ONLY_EVENTS": "must be array or newlines",
		"druid.emitter.http.contentEncoding=br":           "must be gzip",
		"druid.emitter.logging.logLevel=loud":             "must be debug, info, warn or error",
		"druid.monitoring.emissionPeriod=PT0.1S":          "must be PT1S or longer",
		"druid.monitoring.monitors=[1]":                   "JSON array",
		"ovate.log.format=xml":                            "must be text or json",
		"ovate.log.level=info+2":                          "must be debug, info, warn or error",
		"ovate.pprof.enabled=maybe":                       "true or false",
	} {
		name, _, _ := strings.Cut(given, "=")
		if _, err := loaded(t, given); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), strings.TrimSuffix(name, "druid.emitter")) {
			t.Errorf("%s: %v; want %q", given, err, want)
		}
	}
}
