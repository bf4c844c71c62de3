package table

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// Tables whose values stand by columns, or whose rows stand by their keys, are read as rows, and told; what may be a row is one.
func TestTurnedJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		`{"a":[1,2],"b":["x\"]",{"c":[3,` + "\n" + `4]}]}`:                                                                              {`1: a=01 b=sx"]`, `2: a=02 b=o{"c":[3, 4]}`, "the lists in its one object are taken for columns"},
		`{"hourly":{"time":["2024-01-01","2024-01-02"],"t":[1.5,null]}}`:                                                                {"1: time=s2024-01-01 t=01.5", "2: time=s2024-01-02 t=nnull", "the lists in hourly are taken for columns"},
		`{"latitude":1,"hourly_units":{"t":"C"},"hourly":{"time":["a","b"],"t":[1,2]}}`:                                                 {"1: time=sa t=01", "2: time=sb t=02", "left out is latitude, hourly_units. --json-path ."},
		`{"columns":["a","b"],"index":["x","y"],"data":[[1,null],[[3],4]]}`:                                                             {"1: index=sx a=01 b=nnull", "2: index=sy a=l[3] b=04", "named by the list beside them"},
		`{"count":2,"fields":["a","b"],"rows":[[1,2],[3,4]]}`:                                                                           {"1: a=01 b=02", "2: a=03 b=04", "named by the list beside them; left out is count."},
		`{"columns":["a","b"],"data":[[1,2],[3,4]],"values":[[5,6]]}`:                                                                   {`1: columns=l["a","b"] data=l[[1,2],[3,4]] values=l[[5,6]]`}, // which of them is not sure
		`{"columns":["a","b"],"data":[[1,2]],"data":[[3,4]]}`:                                                                           {`has the key "data" twice`},
		`{"columns":["a"],"index":[1],"index":[2],"data":[[3]]}`:                                                                        {`has the key "index" twice`},
		`{"columns":["a","b"],"data":[[1,2],[3]]}`:                                                                                      {"row 2 ([3]) has only 1 value, and there are 2 columns"},
		`{"columns":["a","b"],"data":[[1,2],[3,4,5]]}`:                                                                                  {"row 2 ([3,4,5]) is no list of a value for each of the 2 columns"},
		`{"a":{"0":1,"1":NaN},"b":{"0":"x","1":"y"}}`:                                                                                   {"1: key=00 a=01 b=sx", "2: key=01 a=0NaN b=sy", "the objects in its one object are taken for columns"},
		`{"a":{"0":1,"1":2},"b":{"0":3,"2":4}}`:                                                                                         {"these are not the same rows"},
		`{"2024-01-01":{"a":1,"b":{"c":[1,2],"d":[3,4]}},"2024-01-02":{"a":2}}`:                                                         {`1: key=s2024-01-01 a=01 b=o{"c":[1,2],"d":[3,4]}`, "2: key=s2024-01-02 a=02", "taken for rows; their keys are column key"},
		`{"US":{"n":"x","c":1},"DE":{"n":"y","c":2,"e":true},"FR":{"n":"z","c":3},"AQ":null,"BV":{}}`:                                   {"1: key=sUS n=sx c=01", "2: key=sDE n=sy c=02 e=btrue", "3: key=sFR n=sz c=03", "4: key=sAQ", "5: key=sBV", "the values in its one object are taken for rows; their keys are column key. --json-path . takes"},
		`{"a":{"x":1,"y":1},"b":{"x":2,"y":1},"c":{"x":3,"y":1}}`:                                                                       {"1: key=sa x=01 y=01", "2: key=sb x=02 y=01", "3: key=sc x=03 y=01", "taken for rows"},
		`{"a":{"x":1},"b":{"x":2},"c":{"x":3},"d":{"l":[{"m":1}],"x":4}}`:                                                               {"1: key=sa x=01", "2: key=sb x=02", "3: key=sc x=03", `4: key=sd l=l[{"m":1}] x=04`, "taken for rows"},
		`{"count":4,"data":{"a":{"x":1},"b":{"x":2},"c":{"x":3},"d":{"x":4}}}`:                                                          {"1: key=sa x=01", "2: key=sb x=02", "3: key=sc x=03", "4: key=sd x=04", "the values in data are taken for rows; their keys are column key; left out is count."},
		`{"a":{"x":1,"y":1},"b":{"x":2,"y":1}}`:                                                                                         {`in which the values in it could be the rows. Say which: --json-path "*"; or --json-path . if`},
		`{"a":{"x":1,"l":[{"m":1}]},"b":{"x":2,"l":[{"m":2}]}}`:                                                                         {`in which the values in it could be the rows. Say which: --json-path "*"; or`},
		`{"v":2,"data":{"a":{"x":1},"b":{"x":2},"c":{"x":3},"d":{"x":4}},"l":[{"m":1}]}`:                                                {`in which the values in data or l could be the rows. Say which: --json-path "data.*" or --json-path l; or`},
		`{"_made":"by us","a":{"x":1},"b":{"x":2},"c":{"x":3},"d":{"x":4},"e":{"x":1},"f":{"x":2},"g":{"x":3},"h":{"x":4},"i":{"x":4}}`: {`in which the values in it could be the rows. Say which: --json-path "*"; or`},
		`{"name":"by us","a":{"x":1},"b":{"x":2},"c":{"x":3},"d":{"x":4}}`:                                                              {`1: name=sby us a=o{"x":1} b=o{"x":2} c=o{"x":3} d=o{"x":4}`},
		`{"2024-01-01":5,"2024-01-02":7,"2024-01-03":null,"2024-01-04":[8]}`:                                                            {`in which the values in it could be the rows. Say which: --json-path "*"; or`},
		`{"id":7,"years":{"2021":1,"2022":2,"2023":3,"2024":4}}`:                                                                        {`1: id=07 years=o{"2021":1,"2022":2,"2023":3,"2024":4}`},
		`{"server":{"port":1,"host":"x"},"log":{"level":"info"},"db":{"host":"x","name":"y"}}`:                                          {`1: server=o{"port":1,"host":"x"} log=o{"level":"info"} db=o{"host":"x","name":"y"}`},
		`{"Meta Data":{"x":1},"Series":{"2024-01-01":{"v":"5"},"2024-01-02":{"v":"6"}}}`:                                                {"1: key=s2024-01-01 v=s5", "2: key=s2024-01-02 v=s6", "left out is Meta Data"},
		`[["a","b"],[1,2]]`: {"1: a=01 b=02", "the first list is taken for the names of the columns; --no-header"},
		`[1,2]`:             {"a list of single values such as 1; rows must be JSON objects, which jq"},
		`{"data":[]}`:       {"the rows are the list data"},
		`{"id":1,"hourly":{"time":["a","b"],"t":[1,2]}}`:                               {`1: id=01 hourly=o{"time":["a","b"],"t":[1,2]}`, `it is taken for one row, in which there may be rows by columns or by keys: hourly. --json-path "hourly"`},
		`{"hourly":{"time":["a","b"],"t":[1,2]},"daily":{"time":["a","b"],"t":[1,2]}}`: {`1: hourly=o{"time":["a","b"],"t":[1,2]} daily=o{"time":["a","b"],"t":[1,2]}`, "by columns or by keys: hourly, daily."},
		`{"tags":["a","b"],"name":"x"}`:                                                {`1: tags=l["a","b"] name=sx`},
		`{"a":["x","y"]}`:                                                              {`1: a=l["x","y"]`},
		`{"db":{"host":"x"},"cache":{"host":"y"}}`:                                     {`1: db=o{"host":"x"} cache=o{"host":"y"}`},
		`{"a":[1,2],"b":[3,4]}` + "\n" + `{"a":[1,2],"b":[3,4]}`:                       {`1: a=l[1,2] b=l[3,4]`, `2: a=l[1,2] b=l[3,4]`},
		`{"o":{"x":NaN,"y":[-Infinity]}}`:                                              {`1: o=o{"x":NaN,"y":[-Infinity]}`},
	} {
		paths := save(t, text)
		got, table, err := read(t.Context(), Options{}, paths...)
		if err != nil {
			got = append(got, err.Error())
		} else if notes := notesOf(table); len(notes) > 0 {
			got = append(got, notes...)
		}
		for i, line := range want {
			if len(got) != len(want) || !strings.Contains(got[i], line) || got[i] != line && i < len(want)-1 {
				t.Errorf("%s: %q", text, got)
				break
			}
		}
	}
	// A column of that name stays what it is, and the keys get another.
	check(t, Options{}, `{"1":{"key":"x","key_2":5},"2" : {"v":{"a":[1]}} ,`+"\n"+`"3":{"key":"y"}}`, "1: key_3=01 key=sx key_2=05", `2: key_3=02 v=o{"a":[1]}`, "3: key_3=03 key=sy")
	check(t, Options{}, `{"key":{"0":1,"1":2},"b":{"0":"x","1":"y"}}`, "1: key_2=00 key=01 b=sx", "2: key_2=01 key=02 b=sy")
	table := check(t, Options{}, `{"columns":["index","b"],"index":[7,8],"data":[[1,2],[3,4]]}`, "1: index_2=07 index=01 b=02", "2: index_2=08 index=03 b=04")
	if notes := strings.Join(notesOf(table), "\n"); !strings.Contains(notes, "the index is column index_2") {
		t.Error(notes)
	}
	// Whatever stands by keys is rows, if the caller says so.
	every := func(path, text string, want ...string) { t.Helper(); check(t, Options{JSONPath: path}, text, want...) }
	every("*", `{"a":{"x":1,"y":1},"b":{"x":2}}`, "1: key=sa x=01 y=01", "2: key=sb x=02")
	every("*", `{"a":1,"b":[2,3],"c":{"x":[4]},"1":null}`, "1: key=sa value=01", "2: key=sb value=l[2,3]", "3: key=sc x=l[4]", "4: key=01")
	every("*", `{"a":{"key":1,"value":"x"},"b":2}`, "1: key_2=sa key=01 value=sx", "2: key_2=sb value=02")
	every("v.w.*", `{"n":[{"m":1}],"v":{"w":{"a":{"x":1}}}}`, "1: key=sa x=01")
	every("a.b.c.d.e.*", `{"a":{"b":{"c":{"d":{"e":{"f":{"x":1},"g":2}}}}}}`, "1: key=sf x=01", "2: key=sg value=02")
	every("v.*", `{"v":{"a":1},"v":{"b":2}}`, "--json-path v.*: there are two of it")
	every("v.*", `{"w":{"a":1}}`, "--json-path v.*: there is no object v")
	every("v.*", `{"v":{}}`, "the object has no keys")
	every("*", `{"a":{"x":1}}`+"\n"+`{"b":{"x":1}}`, "there is more than one object")
	every("*", `{"a":{"x":1}`, "--json-path *: the JSON ends too early")
	check(t, Options{JSONPath: "."}, `{"a":[1,2],"b":[3,4]}`, "1: a=l[1,2] b=l[3,4]")
	check(t, Options{JSONPath: "h"}, `{"id":1,"h":{"a":[1,2],"b":[3,4]}}`, "1: a=01 b=03", "2: a=02 b=04")
}

// What is noted of an object, and the memory to make rows of it, do not grow with its keys times what was noted before.
func TestObjectsOfManyKeys(t *testing.T) { // alone, as it counts bytes
	const n = 20_000
	var scalars, keyed, alike, columns strings.Builder
	for i := range n {
		fmt.Fprintf(&scalars, `,"k%d":%d`, i, i)
		fmt.Fprintf(&keyed, `,"%d":{"a":%d}`, i, i)
		fmt.Fprintf(&alike, `,"k%d":{"a":%d,"k%d":[]}`, i, i, i%9)
		fmt.Fprintf(&columns, `,"c%d":[%d,0]`, i, i)
	}
	for text, want := range map[*strings.Builder]int{&scalars: 1, &keyed: n, &alike: n, &columns: 2} {
		path := save(t, "{"+text.String()[1:]+"}")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		table, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		runtime.ReadMemStats(&after)
		if bytes := after.TotalAlloc - before.TotalAlloc; bytes > 64<<20 {
			t.Errorf("%s… takes %d bytes", text.String()[:20], bytes)
		}
		rows := 0
		err = table.Scan(t.Context(), table.Inputs, 1, func(_ int, b *Batch) error {
			for b.Next() {
				rows++
			}
			return nil
		})
		if err != nil || rows != want {
			t.Errorf("%s…: %d rows, %v", text.String()[:20], rows, err)
		}
	}
}
