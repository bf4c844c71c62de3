package kafka

import (
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ pattern, matches, others string }{
		{"metrics-.*", "metrics- metrics-a", "my-metrics-a metrics"},
		{"a|bc", "a bc", "ac abc b"},
		{"^a$", "a", "aa"},
		{"[a-c&]+", "a abc", "ad"},
		{`[\[a]\&&`, "[&& a&&", "a"},
		{`\Q[&&\E?a`, "[&a [&&a", "a [&"},
		{`(?i)logs\.[0-9]{2}`, "LOGS.01", "logs-01 logs.1"},
		{"(?!_).*", "a a_", "_a __consumer_offsets"},
		{"^(?!dev[-.]|test$)(?=.*-v[12])[a-z]+-.*", "prod-v1 device-v2 test-v1", "dev-v1 test prod-v3"},
		{`(?![)|(]|\)\Q|(\E)(a|b).*`, "a b|", "| )|( c"},
	} {
		topics, err := Pattern(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		for name := range strings.FieldsSeq(c.matches) {
			if !topics.Match(name) {
				t.Errorf("%s does not match %s", c.pattern, name)
			}
		}
		for name := range strings.FieldsSeq(c.others) {
			if topics.Match(name) {
				t.Errorf("%s matches %s", c.pattern, name)
			}
		}
	}
	for _, pattern := range []string{"", "a)|(b", "a(?!x).*", "(?!a)b|c", "(?!a", "(?!(?=a)b)c", "(?!a)*b", "(?<!a)b", "a++", "[a-z&&[^x]]", "[a[bc]]", "[]a]", "[^]a]", `(a)\1`, "["} {
		if topics, err := Pattern(pattern); err == nil || !strings.Contains(err.Error(), "topicPattern") {
			t.Errorf("%q is taken for %v, %v", pattern, topics, err)
		}
	}
	if topics, err := Topic(""); err == nil {
		t.Errorf("no name is taken for %v", topics)
	}
}
