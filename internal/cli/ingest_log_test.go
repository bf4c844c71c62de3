package cli

import (
	"slices"
	"strings"
	"testing"
)

// Logs as people have them: the time is whole, with its fraction and its zone, and nothing of a line is lost.
func TestIngestOfLogs(t *testing.T) {
	t.Parallel()
	row := func(time, message string) string {
		return `{"__time":"2024-03-01T` + time + `","message":"` + message + `"}`
	}
	const access = `10.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326`
	const parted = `"host":"10.0.0.1","ident":"-","user":"frank","request":"GET /a.gif HTTP/1.0","status":200,"bytes":2326`
	for _, f := range []form{
		{name: "python.log", text: "2024-03-01 10:00:00,123 INFO started\n2024-03-01 10:00:01,456 INFO loaded 5 rows\n2024-03-01 10:00:02,789 ERROR failed: x, y\n",
			want: []string{row("10:00:00.123Z", "INFO started"), row("10:00:01.456Z", "INFO loaded 5 rows"), row("10:00:02.789Z", "ERROR failed: x, y")},
			says: []string{"a time, column time, and what stands behind it, column message"}},
		{name: "commas.log", text: "2024-03-01 10:00:00.123 INFO a, b\r\n2024-03-01 10:00:01.456 INFO c, d\r\n", want: []string{row("10:00:00.123Z", "INFO a, b"), row("10:00:01.456Z", "INFO c, d")}},
		{name: "java.log", text: "2024-03-01 10:00:00,123 [main] INFO  a.B - started\njava.lang.X: a\n\tat b(c.java:1)\n\n2024-03-01 10:00:01,124 [main] WARN  a.B - \"done\n2024-02-30 10:00:01,124 [main] WARN  a.B - odd\n",
			want: []string{row("10:00:00.123Z", `[main] INFO  a.B - started\njava.lang.X: a\n\tat b(c.java:1)`), row("10:00:01.124Z", `[main] WARN  a.B - \"done\n2024-02-30 10:00:01,124 [main] WARN  a.B - odd`)},
			says: []string{"each of 2 lines, the first of them line 2, does not begin with a time, and belongs to the message before it"}},
		{name: "traces.log", text: strings.Repeat("2024-03-01 10:00:00,123 ERROR a, b"+strings.Repeat("\n\tat c, d", 20)+"\n", 60), flags: []string{"--granularity", "DAY"}, want: slices.Repeat([]string{row("10:00:00.123Z", "ERROR a, b"+strings.Repeat(`\n\tat c, d`, 20))}, 60)},
		{name: "colons.log", text: "2024-03-01 10:00:00,123:INFO:root:a\n2024-03-01 10:00:01,124:INFO:root:b, c\n", want: []string{row("10:00:00.123Z", ":INFO:root:a"), row("10:00:01.124Z", ":INFO:root:b, c")}},
		{name: "brackets.log", text: "[2024-03-01 10:00:00,123] {x.py:1} INFO - a, b\n[2024-03-01 10:00:01,123] {x.py:1} INFO - c\n", want: []string{row("10:00:00.123Z", "{x.py:1} INFO - a, b"), row("10:00:01.123Z", "{x.py:1} INFO - c")}},
		{name: "apache.log", text: "[Fri Mar 01 10:00:00.123456 2024] [core:error] [pid 1] a, b\n", want: []string{row("10:00:00.123Z", "[core:error] [pid 1] a, b")}, says: []string{"CUT"}},
		{name: "nginx.log", text: "2024/03/01 10:00:00 [error] 1#0: a, client: 1.2.3.4\n2024/03/01 10:00:05 [warn] 1#0: b, client: 1.2.3.4\n", want: []string{row("10:00:00", "[error] 1#0: a, client: 1.2.3.4"), row("10:00:05", "[warn] 1#0: b, client: 1.2.3.4")}},
		{name: "syslog", text: "2024-03-01T10:00:00.123+01:00 host sshd[12]: a b\n2024-03-01T10:00:01.124+01:00 host sshd[12]: c\n", want: []string{row("09:00:00.123Z", "host sshd[12]: a b"), row("09:00:01.124Z", "host sshd[12]: c")}},
		{name: "quoted.csv", text: "time,message\n\"2024-03-01 10:00:00,123\",a\n", want: []string{row("10:00:00.123Z", "a")}},
		{name: "semicolons.csv", text: "time;message\n2024-03-01 10:00:00,123;a\n2024-03-01 10:00:01,124;b\n", want: []string{row("10:00:00.123Z", "a"), row("10:00:01.124Z", "b")}},

		{name: "rotated.log", text: "\tat b(c.java:1)\n2024-03-01 10:00:00,123 INFO a\n2024-03-01 10:00:01,124 INFO b, c\n", code: 1, says: []string{"line 1", "does not begin with a time, as other lines do"}},
		{name: "rotated.log", text: "\tat b(c.java:1)\n2024-03-01 10:00:00,123 INFO a\n2024-03-01 10:00:01,124 INFO b, c\n", flags: []string{"--skip-bad"}, want: []string{row("10:00:00.123Z", "INFO a"), row("10:00:01.124Z", "INFO b, c")}, says: []string{"Left out: 1 row"}},
		{name: "order.log", text: "01/03/2024 10:00:00,123 INFO a\n01/03/2024 10:00:01,124 INFO b, c\n", code: 2, says: []string{`--time-format "MM/dd/yyyy HH:mm:ss,SSS" or "dd/MM/yyyy HH:mm:ss,SSS"`}},
		{name: "order.log", text: "01/03/2024 10:00:00,123 INFO a\n", flags: []string{"--time-format", "dd/MM/yyyy HH:mm:ss,SSS"}, want: []string{row("10:00:00.123Z", "INFO a")}},

		// A comma that may be one of the time or of the table is not guessed.
		{name: "either.csv", text: "2024-03-01 10:00:00,123,INFO\n2024-03-01 10:00:01,124,WARN\n", code: 2, says: []string{"line 1 (2024-03-01 10:00:00,123,INFO): a comma stands between a time and what may be the fraction of its second", "--delimiter ,"}},
		{name: "either.csv", text: "2024-03-01 10:00:00,123\n2024-03-01 10:00:01,124\n", flags: []string{"--delimiter", "tab"}, want: []string{`{"__time":"2024-03-01T10:00:00.123Z"}`, `{"__time":"2024-03-01T10:00:01.124Z"}`}},
		{name: "names.csv", text: "time,v\n2024-03-01 10:00:00,123,5\n2024-03-01 10:00:01,124,6\n", code: 2, says: []string{"line 2 (2024-03-01 10:00:00,123,5): a comma stands between a time"}},
		{name: "told.csv", text: "2024-03-01 10:00:00,123\n", flags: []string{"--delimiter", ","}, want: []string{`{"__time":"2024-03-01T10:00:00","column_2":123}`}},
		{name: "named.csv", text: "time,v\n2024-03-01 10:00:00,123\n", want: []string{`{"__time":"2024-03-01T10:00:00","v":123}`}},
		{name: "amounts.csv", text: "2024-03-01 10:00:00,5 EUR\n2024-03-01 10:00:01,123 EUR\n", want: []string{`{"__time":"2024-03-01T10:00:00","column_2":"5 EUR"}`, `{"__time":"2024-03-01T10:00:01","column_2":"123 EUR"}`}},

		// Logs of web servers, whose times are in brackets with a blank in them.
		{name: "common.log", text: access + "\n", want: []string{`{"__time":"2000-10-10T20:55:36",` + parted + `}`}, says: []string{"a web server's access log, whose columns are named so: host, ident, user, time, request, status, bytes"}},
		{name: "combined.log", text: access + ` "http://x/" "Mozilla/5.0 (X; Y) \"q\", z"` + "\n" + access + ` "-" "curl"` + "\n",
			want: []string{`{"__time":"2000-10-10T20:55:36",` + parted + `,"referer":"-","user_agent":"curl"}`, `{"__time":"2000-10-10T20:55:36",` + parted + `,"referer":"http://x/","user_agent":"Mozilla/5.0 (X; Y) \"q\", z"}`}},
		{name: "hosts.log", text: "x.org:80 " + access + " 7\n", want: []string{`{"__time":"2000-10-10T20:55:36","server":"x.org:80",` + parted + `,"column_9":7}`}},
		{name: "other.log", text: "[10/Oct/2000:13:55:36 -0700] 5 a\n[10/Oct/2000:13:55:37 -0700] 6 b\n", want: []string{`{"__time":"2000-10-10T20:55:36","column_2":5,"column_3":"a"}`, `{"__time":"2000-10-10T20:55:37","column_2":6,"column_3":"b"}`}},
	} {
		t.Run(f.name, func(t *testing.T) { t.Parallel(); f.try(t) })
	}
}
