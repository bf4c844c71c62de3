package table

import (
	"strings"
	"testing"
)

// The answers of web services hold their rows somewhere within an object: taken and told where only one list can be meant.
func TestRowsWithinAnObject(t *testing.T) {
	t.Parallel()
	taken := func(text, path, beside string, want ...string) {
		t.Helper()
		table := check(t, Options{}, text, want...)
		if table == nil || len(notesOf(table)) != 1 || !strings.Contains(notesOf(table)[0], "the rows are the list "+path+beside+". --json-path .") {
			t.Errorf("%s: %+v", text, table)
		}
		check(t, Options{JSONPath: path}, text, want...)
	}
	taken(`{"data":{"items":[{"a":1},{"a":2}]}}`, "data.items", "", "1: a=01", "1: a=02")
	taken("{\"count\":2,\"results\":[{\"a\":1},\n{\"a\":2}],\"next\":null}\n", "results", "; what stands beside it is left out: count, next", "1: a=01", "2: a=02")
	taken(`{"type":"FeatureCollection","name":"x","features":[{"a":[1,2]}]}`, "features", "; what stands beside it is left out: type, name", "1: a=l[1,2]")
	taken(`{"took":3,"_shards":{"total":1,"ok":1},"hits":{"total":{"value":2},"hits":[{"_id":"1"}]}}`, "hits.hits", "; what stands beside it is left out: took, _shards, hits.total", "1: _id=s1")
	taken("{\"data\":{\n\"meta\":{\"x\":[1]},\n\"rows\":[{\"a\":\"]\"}\n\n]}}", "data.rows", "; what stands beside it is left out: data.meta", "3: a=s]")
	taken(`{"results":[],"count":0}`, "results", "; what stands beside it is left out: count")
	long := strings.Repeat(`{"a":1},`, headBytes/8+1)
	if _, table, err := read(t.Context(), Options{}, save(t, `{"results":[`+long+`{"a":1}],"next":1}`)...); err != nil || table.Inputs[0].Dialect.path[0] != "results" {
		t.Error(err)
	}

	f := func(text string, want ...string) { t.Helper(); check(t, Options{}, text, want...) }
	f(`{"id":7,"lines":[{"a":1}]}`, "in which lines could be the rows. Say which: --json-path lines; or --json-path . if")
	f(`{"nodes":[{"a":1}],"links":[]}`, "in which nodes could be the rows. Say which: --json-path nodes")
	f(`{"meta":[{"a":1}],"data":{"rows":[{"a":1},{"a":2}]}}`, "in which meta or data.rows could be the rows. Say which: --json-path data.rows or --json-path meta; or --json-path . if")
	f(`{"meta":{"columns":[{"a":1}]},"data":[[1,"x"],[2,"y"]]}`, "in which meta.columns or data could be the rows. Say which: --json-path data")
	f(`{"results":[`+long+`{"a":1}],"more":[{"b":1}]}`, "Say which: --json-path results")
	f(`{"a":1,"b":[1,2],"c":[[1]],"d":[]}`, "1: a=01 b=l[1,2] c=l[[1]] d=l[]")
	f(`{"results":[{"a":1}]}`+"\n"+`{"results":[{"a":2}]}`, `1: results=l[{"a":1}]`, `2: results=l[{"a":2}]`)

	p := func(path, text string, want ...string) { t.Helper(); check(t, Options{JSONPath: path}, text, want...) }
	p(".", `{"a":[{"b":1}]}`, `1: a=l[{"b":1}]`)
	p("data", `{"data":[[1,"x"],[2,"y"]]}`, "1: column_1=01 column_2=sx", "1: column_1=02 column_2=sy")
	p("data", `{"data":[["a","b"],[2,"y"]]}`, "1: a=02 b=sy")
	p("r", "{\"r\":[{\"a\":1}],\"x\":{\"r\":[]}}\n\n{\"x\":\"}\",\"r\":[{\"a\":2},\n{\"a\":3}]}\n{\"r\":[]}", "1: a=01", "3: a=02", "4: a=03")
	p("r", "{\"r\":[{\"a\":1}]}\n{\"s\":[]}", "1: a=01", `--json-path, key 1 (r): line 2: the object has no key "r", but s`)
	p("r", `{"r":[{"a":1}],"x":1,"r":[{"a":2}]}`, "1: a=01", "--json-path, key 1 (r): line 1: the object has it twice")
	p("x.r", "{\"x\":{\"r\":[{\"a\":1}],\"y\":{\"r\":[]}},\n\"x\":5}", "1: a=01", "--json-path, key 1 (x): line 2: the object has it twice")
	p("h", `{"h":{"a":[1,2],"b":[1,2]},"h":{"a":[3,4],"b":[3,4]}}`, "--json-path h: there are two of it")
	p("r.s", `{"r":[{"s":1}]}`, "--json-path, key 2 (s): line 1: there is no object, as '[' comes")
	p("r", `{"r":{"s":1}}`, "--json-path: line 1: there is no list of rows, as '{' comes")
	p("r", `{"r":[{"a":1}`, "1: a=01", "the file ends without the bracket that ends the list")
}

// Each of several lists may name the columns: as the first does, which is no row; otherwise nothing is read.
func TestListsThatNameTheirColumns(t *testing.T) {
	t.Parallel()
	p := func(text string, want ...string) { t.Helper(); check(t, Options{JSONPath: "d"}, text, want...) }
	const first = `{"d":[["a","b"],[1,"x"]]}` + "\n"
	p(first+`{"d":[["a"," b"],[2,"y"]]}`+"\n"+`{"d":[]}`+"\n"+`{"d":[["a","b"],[3,"z"]]}`, "1: a=01 b=sx", "2: a=02 b=sy", "4: a=03 b=sz")
	p(first+`{"d":[[2,"y"],[3,"z"]]}`, "1: a=01 b=sx", "2: a=02 b=sy", "2: a=03 b=sz")
	for _, other := range []string{`["b","a"]`, `["c","d"]`, `["A","b"]`, `["x","y"]`} {
		p(first+`{"d":[`+other+`,[2,"y"]]}`, "1: a=01 b=sx", "2: a=02 b=sy", "line 2 (")
	}
	p(first+`{"d":[["b"],[2]]}`, "1: a=01 b=sx", "has only 1 value", "has only 1 value")
	no := false
	check(t, Options{JSONPath: "d", Header: &no}, first+`{"d":[["b","a"],[2,"y"]]}`, "1: column_1=sa column_2=sb", "1: column_1=01 column_2=sx", "2: column_1=sb column_2=sa", "2: column_1=02 column_2=sy")
	yes := true
	check(t, Options{Header: &yes}, `[[2019,true],[1,2]]`, "1: 2019=01 true=02")
	check(t, Options{}, "[\"a\",\"b\"]\n[1,2]\n[\"a\",\"b\"]\n[\"b\",\"a\"]\n{\"a\":3}\n", "2: a=01 b=02", "4: a=sb b=sa", "5: a=03")
	table := check(t, Options{}, `[["a","b"],[1,2],["a","b"]]`, "1: a=01 b=02")
	if notes := strings.Join(notesOf(table), "\n"); !strings.Contains(notes, "line 1 repeats the header, and is no row") {
		t.Error(notes)
	}
}

func TestWhatIsNoJSON(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...string) { t.Helper(); check(t, Options{}, text, want...) }
	f("\ufeff{\"a\":1}\n{\"a\":2}\n", "1: a=01", "2: a=02")
	f("{\"a\":1,}\n{\"a\":2}\n", "2: a=02", "has a comma with nothing behind it")
	f("// made today\n[{\"a\":1}]", "line 1 is a comment, and JSON has none: remove it, or say --skip-lines 1")
	f("/* made\n today */\n\n{\"a\":1}", "line 1 is a comment, and JSON has none: remove it, or say --skip-lines 3")
	f("# made today\n{\"a\":1}", "say --skip-lines 1")
	f("{\"a\":1}\n// so far\n{\"a\":2}\n", "1: a=01", "3: a=02", "2!  \"// so far\" is a comment")
	f("{\"a\":1, /* x */ \"b\":2}\n{\"a\": // y\n", "1! ", "2! ")
	f("{'a':1}\n", "has single quotes")
}
