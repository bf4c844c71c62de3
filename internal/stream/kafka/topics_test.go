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
	if topics, err := Pattern(strings.Repeat("orders-[0-9]{1,9}|", 200) + ".{1000}"); err != nil || !topics.Match("orders-17") {
		t.Errorf("two hundred alternatives: %v, %v", topics, err)
	}
	if topics, err := Topic(""); err == nil {
		t.Errorf("no name is taken for %v", topics)
	}
}

// An expression of a few bytes that stands for a large one is refused, as is a long one, before it takes memory.
func TestLargePatterns(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{strings.Repeat(".{1000}", 11), "((abcdefgh){100}ijklmn){10}" + strings.Repeat("z{100}", 25), strings.Repeat("(", 11) + "a" + strings.Repeat(")", 11) + "{1000}", strings.Repeat("[a-z]{0,1000}|", 700) + "b", strings.Repeat("(?:x|y){1000,}", 11), strings.Repeat("a", 10_001), strings.Repeat("(?!.{1000})", 11) + "a"} {
		if topics, err := Pattern(pattern); err == nil || !strings.Contains(err.Error(), "at most 10000") {
			t.Errorf("%.40q… is taken for %.40v, %v", pattern, topics, err)
		}
	}
}
