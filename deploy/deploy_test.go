package deploy

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ovate/internal/telemetry"
)

// known are the names of all series that a server has.
func known(t *testing.T) map[string]bool {
	t.Helper()
	telemetry := telemetry.New(telemetry.Options{Leading: func() telemetry.Leading { return nil }})
	names := map[string]bool{"up": true}
	add := func(name, typ string) {
		names[name] = typ != "histogram"
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if typ == "histogram" || typ == "summary" {
				names[name+suffix] = true
			}
		}
	}
	for _, d := range telemetry.Definitions() {
		add(d.Name, d.Type)
	}
	w := httptest.NewRecorder()
	telemetry.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, family := range regexp.MustCompile(`(?m)^# TYPE ((?:go|process)_\w+) (\w+)$`).FindAllStringSubmatch(w.Body.String(), -1) {
		add(family[1], family[2])
	}
	return names
}

// Parts of an expression that hold no names of series, and the words of its language.
var (
	noSeries = regexp.MustCompile(`"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)`)
	word     = regexp.MustCompile(`[A-Za-z_:][\w:]*\s*\(?`)
)

// series are the names of series in an expression of PromQL.
func series(expr string) (names []string) {
	bare := noSeries.ReplaceAllString(regexp.MustCompile(`"[^"]*"`).ReplaceAllString(expr, ""), " ")
	for _, found := range word.FindAllString(bare, -1) {
		name := strings.TrimSpace(found)
		if !strings.HasSuffix(name, "(") && !slices.Contains([]string{"and", "or", "unless", "bool", "offset", "by"}, name) {
			names = append(names, name)
		}
	}
	return names
}

func TestSeries(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string]string{
		`sum by (a, le) (rate(x_bucket{b="y(}", c=~"z"}[5m])) > 0.5 * on (a) y and z`: "x_bucket y z",
		`topk(10, histogram_quantile(0.99, sum(rate(x[$__rate_interval]))))`:          "x",
	} {
		if got := strings.Join(series(expr), " "); got != want {
			t.Errorf("%s: %s, want %s", expr, got, want)
		}
	}
}

// The dashboard and the alerts name only what a server has.
func TestNamesOfMetrics(t *testing.T) {
	t.Parallel()
	names := known(t)
	check := func(where, expr string) {
		found := series(expr)
		if len(found) == 0 {
			t.Errorf("%s: no metric in %s", where, expr)
		}
		for _, name := range found {
			if !names[name] {
				t.Errorf("%s: there is no metric %s, in %s", where, name, expr)
			}
		}
	}
	var dashboard struct {
		Title  string
		Panels []struct {
			Title, Type string
			Targets     []struct{ Expr string }
		}
	}
	text := read(t, "grafana/ovate.json")
	if err := json.Unmarshal([]byte(text), &dashboard); err != nil {
		t.Fatal(err)
	}
	charts := 0
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			charts++
			check("panel "+p.Title, strings.ReplaceAll(target.Expr, "vector(0)", "up"))
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %s shows nothing", p.Title)
		}
	}
	rules := regexp.MustCompile(`(?m)^ +expr: (.*)$`).FindAllStringSubmatch(read(t, "prometheus/alerts.yml"), -1)
	for _, rule := range rules {
		check("alerts", rule[1])
	}
	if charts < 30 || len(rules) != strings.Count(read(t, "prometheus/alerts.yml"), "- alert:") {
		t.Errorf("%d charts, %d rules are read", charts, len(rules))
	}
	for _, query := range regexp.MustCompile(`label_values\((\w+)`).FindAllStringSubmatch(text, -1) {
		check("a variable", query[1])
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tool is a program that is installed, also where `go install` puts it; without it the test is skipped, or fails if OVATE_TEST_TOOLS is "required".
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	home, _ := os.UserHomeDir() // without one nothing is there
	if path := filepath.Join(home, "go", "bin", name); home != "" {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	if os.Getenv("OVATE_TEST_TOOLS") == "required" {
		t.Fatalf("%s is not installed", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// runs runs a tool that has to succeed, and returns what it says.
func runs(t *testing.T, name string, args ...string) string {
	t.Helper()
	said, err := exec.CommandContext(t.Context(), tool(t, name), args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, said)
	}
	return string(said)
}

// What the dashboard asks is PromQL.
func TestDashboard(t *testing.T) {
	t.Parallel()
	var rules strings.Builder
	rules.WriteString("groups:\n- name: dashboard\n  rules:\n")
	for _, found := range regexp.MustCompile(`"expr": (".*")`).FindAllStringSubmatch(read(t, "grafana/ovate.json"), -1) {
		rules.WriteString("  - {record: x, expr: " + strings.ReplaceAll(found[1], "$__rate_interval", "5m") + "}\n") // JSON is YAML
	}
	file := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(file, []byte(rules.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	runs(t, "promtool", "check", "rules", "--lint=none", file)
}

// Each alert is tried.
func TestAlertsAreTried(t *testing.T) {
	t.Parallel()
	tests := read(t, "prometheus/alerts_test.yml")
	for _, alert := range regexp.MustCompile(`(?m)^ +- alert: (\w+)$`).FindAllStringSubmatch(read(t, "prometheus/alerts.yml"), -1) {
		if !regexp.MustCompile(`alertname: ` + alert[1] + `\n +exp_alerts:\n`).MatchString(tests) {
			t.Errorf("prometheus/alerts_test.yml does not have %s come", alert[1])
		}
	}
}

// Alerts come when they should, and not when they should not.
func TestAlerts(t *testing.T) {
	t.Parallel()
	runs(t, "promtool", "check", "rules", "prometheus/alerts.yml")
	runs(t, "promtool", "test", "rules", "prometheus/alerts_test.yml")
}

// The unit is one that systemd takes without a word.
func TestUnit(t *testing.T) {
	t.Parallel()
	unit := filepath.Join(t.TempDir(), "ovate.service")
	text := strings.ReplaceAll(read(t, "systemd/ovate.service"), "/usr/bin/ovate", "/bin/true") // which is there
	if err := os.WriteFile(unit, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if said := runs(t, "systemd-analyze", "verify", "--man=no", unit); said != "" {
		t.Error(said)
	}
}

// The chart can be installed in several ways, and says why it cannot be in others.
func TestChart(t *testing.T) {
	t.Parallel()
	const chart = "helm/ovate"
	runs(t, "helm", "lint", "--strict", chart)
	template := func(values ...string) []string {
		args := []string{"template", "overlord", chart, "--namespace", "druid", "--kube-version", "1.30.0"}
		for _, v := range values {
			args = append(args, "--set", v)
		}
		return args
	}
	for _, c := range []struct {
		values []string
		want   []string
		never  string
	}{
		{nil, []string{"kind: StatefulSet", "path: /readyz", "ovate.insecure=false", "runAsNonRoot: true", "volumeClaimTemplates", "overlord.druid.svc", "--set=druid.host=$(POD).overlord-pods.druid.svc"}, "kind: NetworkPolicy"},
		{[]string{"insecure=true", "serviceMonitor.enabled=true", "networkPolicy.enabled=true", "persistence.enabled=false"},
			[]string{"kind: ServiceMonitor", "kind: NetworkPolicy", "ovate.insecure=true", "emptyDir"}, "volumeClaimTemplates"},
		{[]string{"replicas=2", `properties.druid\.zk\.service\.host=zk:2181`, `properties.druid\.worker\.capacity=4`}, []string{"replicas: 2", "druid.zk.service.host=zk:2181", "druid.worker.capacity=4"}, "kind: ServiceMonitor"},
		{[]string{"service.scheme=HTTPS", "volumes[0].name=tls", "volumes[0].secret.secretName=own", "volumeMounts[0].name=tls", "volumeMounts[0].mountPath=/etc/tls", "serviceMonitor.enabled=true", "serviceMonitor.endpoint.basicAuth.username.name=prometheus"},
			[]string{"path: /readyz, port: http, scheme: HTTPS", "scheme: https", "secretName: own", "mountPath: /etc/tls", "basicAuth:"}, "scheme: HTTP}"},
	} {
		said := runs(t, "helm", template(c.values...)...)
		for _, want := range c.want {
			if !strings.Contains(said, want) {
				t.Errorf("%q: no %s in\n%s", c.values, want, said)
			}
		}
		if strings.Contains(said, c.never) {
			t.Errorf("%q: there is %s", c.values, c.never)
		}
	}
	values := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(values, []byte("properties: {druid.indexer.queue.maxSize: 10000000, a: 0.5}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := runs(t, "helm", append(template(), "--values", values)...); !strings.Contains(said, "druid.indexer.queue.maxSize=10000000\n") || !strings.Contains(said, " a=0.5\n") {
		t.Errorf("numbers are written otherwise in\n%s", said)
	}
	for value, says := range map[string]string{"replicas=2": "druid.zk.service.host", "properties.a=b\nc": "properties: a must be one line"} {
		said, err := exec.CommandContext(t.Context(), tool(t, "helm"), template(value)...).CombinedOutput()
		if err == nil || !strings.Contains(string(said), says) {
			t.Errorf("%s: %v %s", value, err, said)
		}
	}
}
