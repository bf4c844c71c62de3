package telemetry

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

var update = flag.Bool("update", false, "write the table of metrics into docs/metrics.md")

const page = "../../docs/metrics.md"

// rows are the table of metrics, as it stands in the docs.
func rows(definitions []Definition) string {
	var text strings.Builder
	text.WriteString("| metric | type | labels | in Druid | what it is |\n|---|---|---|---|---|\n")
	code := func(word string) string {
		if word == "" {
			return ""
		}
		return "`" + word + "`"
	}
	for _, d := range definitions {
		labels := make([]string, len(d.Labels))
		for i, l := range d.Labels {
			labels[i] = code(l)
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %s |\n", code(d.Name), d.Type, strings.Join(labels, ", "), code(d.Druid), d.Help)
	}
	return text.String()
}

// ours is a telemetry of nobody.
func ours() *Telemetry { return New(Options{Leading: func() Leading { return nil }}) }

// The docs tell of the metrics that there are, word for word; `go test ./internal/telemetry -update` writes them there.
func TestDocs(t *testing.T) {
	definitions := ours().Definitions()
	slices.SortFunc(definitions, func(a, b Definition) int { return strings.Compare(a.Name, b.Name) })
	want := rows(definitions)
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	table := regexp.MustCompile(`(?m)^\| metric \|(.*\n)(\|.*\n)+`)
	if *update {
		if err := os.WriteFile(page, []byte(table.ReplaceAllLiteralString(string(text), want)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := table.FindString(string(text)); got != want {
		t.Errorf("docs/metrics.md has\n%s\nand should have\n%s", got, want)
	}
}

// What is registered is what is defined, with the same names, helps and labels.
func TestDefinitions(t *testing.T) {
	t.Parallel()
	telemetry := ours()
	into := make(chan *prometheus.Desc, 1000)
	telemetry.registry.Describe(into)
	close(into)
	described := map[string]bool{}
	for d := range into {
		described[d.String()] = true
	}
	names := map[string]bool{}
	for _, d := range telemetry.Definitions() {
		if names[d.Name] {
			t.Errorf("%s is defined twice", d.Name)
		}
		names[d.Name] = true
		if desc := prometheus.NewDesc(d.Name, d.Help, d.Labels, nil).String(); !described[desc] {
			t.Errorf("%s is not registered", desc)
		}
		if d.Type == "counter" != strings.HasSuffix(d.Name, "_total") {
			t.Errorf("%s is a %s", d.Name, d.Type)
		}
	}
	for desc := range described {
		name := regexp.MustCompile(`fqName: "([^"]*)"`).FindStringSubmatch(desc)[1]
		if !names[name] && !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
			t.Errorf("%s is not defined", desc)
		}
	}
}
