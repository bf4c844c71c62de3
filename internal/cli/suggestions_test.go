package cli

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSuggestionsWork pastes each flag that a run tells: it is taken, or refused with another that is, to an end at which rows would be ingested.
func TestSuggestionsWork(t *testing.T) {
	t.Parallel()
	for _, text := range suggestingInputs {
		t.Run(strings.ReplaceAll(strings.ReplaceAll(text[:min(len(text), 40)], "\n", "|"), "/", ":"), func(t *testing.T) {
			t.Parallel()
			p := paster{t: t, file: tempFile(t, "in.csv", text), data: t.TempDir(), seen: map[string]bool{}}
			p.follow(nil, 4)
		})
	}
}

// suggestingInputs are files of which a run tells a flag.
var suggestingInputs = []string{
	"YY,MM,DD,hh,mm,v\n24,1,5,0,3,1\n24,1,5,11,0,2\n", "YY,MM,DD,v\n24,1,5,1\n5,2,3,2\n", "YYYY,DOY,HH,v\n2024,15,10,1\n", "yy,doy,v\n24,15,1\n",
	"year,month,day,hour,min\n2024,1,5,10,3\n2024,1,6,11,77\n", "year,doy,v\n2024,5,1\n2023,366,2\n", "year,day,v\n2024,5,1\n2024,107,2\n",
	"date,time,m\n20240115,930,1\n20240115,1031,2\n", "date,time,m\n2024-01-15,5,1\n2024-01-15,103100,2\n", "date,time,m\n1/2/24,10:00,1\n3/4/24,11:00,2\n", "date,time,ms,v\n2024-01-15,10:00:00,123,1\n2024-01-15,10:00:00,4,2\n",
	"date,hour,minute\n2024-01-05,10,3\n2024-01-06,11,77\n", "start,v\n10:00,1\n11:00,2\n",
	"date,v\n1/2/2024,1\n3/4/2024,2\n", "date,v\n1/2/24,1\n3/4/24,2\n", "date,v\n1/2/24,1\n3/4/2024 10:00,2\n", "date,v\n010224,1\n030424,2\n", "date,v\n45306,1\n45307,2\n", "date,v\n45306.5,1\n45307.25,2\n",
	"ts,v\n2024011501,1\n2024011524,2\n", "ts,v\n2401151030,1\n2401151130,2\n", "ts,v\n1705312800,1\n1705312801000,2\n", "ts,v\n2024015103045,1\n2024016103045,1\n", "ts_ms,v\n1705312800,1\n1705312801,2\n", "ts,v\n15012024,1\n16012024,2\n",
	"ts,v\n20240115103045123,1\n", "ts,v\n1.70531E+12,1\n", "time,v\n2024-01-15 10:00 IST,1\n", "time,v\n2024-01-15 10:00 XYZ,1\n", "time,v\n2024-01-15 10:00 CST,1\n", "time,tz,v\n2024-01-15 10:00,CET,1\n",
	"time,v\n2024-01-15 10:00,1\n2024-01-16 10:00Z,2\n", "time,v\n2024-01-15 10:00,1\n,2\nsoon,3\n", "time,v\nsoon,1\nlater 2,2\n", "season,v\n2001-02,1\n2002-03,1\n", "date,v\n2001-02,1\n2002-03,1\n", "date,v\nJan-24,1\nFeb-24,2\n", "date,v\n15.01.2024 24:00,1\n",
	"Zeit [MEZ],v\n2024-01-15 10:30,1\n2024-01-15 10:31,2\n", "Time (EST),v\n2024-01-15 10:30,1\n", "time_ist,v\n2024-01-15 10:30,1\n",
	"x;amount\n1;1.234 €\n2;2.500 €\n", "x,amount\n1,\"$1,234\"\n2,\"$2,500\"\n", "x,amount\n1,\"$1,234.50\"\n2,$2\n", "x,amount\n1,€1\n2,$2.50\n3,£3\n", "x,amount\n1,(100)\n2,5%\n", "x,amount\n1,5 kg\n2,6 kg\n", "x,amount\n1,5 kg\n2,6 g\n",
	"x,n\n1,\"1,234\"\n2,\"2,345\"\n", "x;n\n1;1.234\n2;2.345\n", "x,n\n1,\"1,234\"\n2,1.5\n", "x,n\n1,555 123\n2,555 124\n", "x,n\n1,5-\n2,6-\n", "x,n\n1,1 234\n2,2'345\n", "x,n\n1,007\n2,8\n3,9\n4,10\n", "x,n\n1,5\n2,6\n3,7\n4,?\n", "x,n\n1,5\n2,6\n3,n/k\n4,n/k\n5,6\n6,7\n7,8\n",
	"x,n\n1,1e400\n2,5\n", "x,n\n1,inf\n2,5\n", "x,n\n1,1e-400\n2,5\n", "x,n\n1,99999999999999999999\n2,5\n", "x,n\n1,0.12345678901234567891\n2,5\n", "x,n\n1,1.10\n2,5.2\n", "x,n\n1,1e5\n2,5e7\n",
	"a,b\n1,caf\xe9\n", "a,b\n1,caf\xe9\x85\n2,\u00e9\n", "a\x00,\x00b\x00\n\x001\x00,\x002\x00\n\x00", "\x00a\x00,\x00b\x00\n\x001\x00,\x002\x00\n",
	`{"status":"ok","items":[{"a":1},{"a":2}]}`, `{"a":"x","b":"y"}`, `{"a":{"x":1,"y":2},"b":{"x":3,"y":4}}`, `{"a":[1,2],"b":[3,4]}`, `[["a","b"],[1,2]]`, `{"x":[{"a":1}],"y":[{"a":2}]}`, `{"a":1,"a":2}` + "\n" + `{"a":1}`,
	"01/03/2024 10:00:00,123 INFO a\n01/03/2024 10:00:01,124 INFO b, c\n", "2024-03-01 10:00:00,5 EUR\n2024-03-01 10:00:01,123 EUR\n", "a,b\n'x','y'\n'z','w'\n", "a,b\n\"x \\\"q\\\"\",1\n\"y\",2\n", "a,b\n\"x\ny,1\nz,2\n",
	"name,n\nAnn,1\nBob,2\nTotal,3\n", "x;y\n1,5;2\n2,5;3\n", "a,b,\n1,2,\n3,4,\n", ",a,b\nr1,1,2\nr2,3,4\n", "a\n1\n\n2\n", "# made today\na,b\n1,2\n", "#a,b\n1,2\n3,4\n", "a b c\n1 2 3\n4 5 6\n", "name   city\nAnn Lee   Bern\nBob       Rome\n",
	"a,b\n1,2\n3,4\n\nc,d\n5,6\n", "a,b\n1,2\na,c\n3,4\n",
	"a,b\n1,2\n3\n4,5\n", "a,a\n1,2\n3,4\n", "a,b\n1,2,3\n4,5,6\n", "1,2\n3,4\n", "Report of May\na,b\n1,2\n3,4\n", "a,b\nm,kg\n1,2\n3,4\n", "a,b\n1,2\n#x,y\n3,4\n", "a, b\nx, y\nz, w\n", "a b\n", "x\n1 2\n",
	"k,x\n0,-x\n1,-x\n2,1\n3,2\n4,5\n5,7\n", "k,-a\n0,007\n1,12\n", "-a,-a\n1,2\n", "-t,v\n2024-01-01,1\n,2\n3,4\n", "-date,-time,m\n2024-01-15,5,1\n2024-01-15,103100,2\n", `{"-o":[{"a":1},{"a":2}],"-p":[{"b":1},{"b":2}]}`,
	"k,x\n0,007\n1,abc\n2,1\n3,2\n", "k,x\n0,007.5\n1,abc\n2,1\n3,2\n", "k,x\n0,  \n2,1\n3,2\n", "d;v\n2024-01-01;1 234,50\n2024-01-02;3,1\n",
	"+----+---+\n| id | n |\n+----+---+\n|  007 | a |\n|  1 | a |\n+----+---+\n", " id | n\n----+------\n  007 | a b\n  2 |\n(2 rows)\n", "| id | n |\n|----|---|\n|  1 | a |\n|  2 | a |\n",
	"id,c\n1,'a, b'\n007,'c'\n", "id,c\n1,\"a \\\"b\\\" c\"\n007,\"d\"\n", "#Software: Microsoft\n#Fields: date time s-ip\n2024-01-05 10:00:00 1.2.3.4\n2024-01-05 10:00:01 1.2.3.4\n", "Instrument: X\nDate: 2024-01-05\n\nSample\tAbs\na\t1.5\nb\t2.5\n",
	"name    city\nVAN DYK Bern\n007     Rome\nLEE     Rome\n", "a,b\n1,2,\n007,4,\n",
	"a,b;c\n1,007\n2,3\n", "a=b,c\n007,1\n2,3\n", "\"a,b\",\"a,b\"\n007,2\n3,3\n",
	"Month,0\n2016-01-01,129.9\n2016-02-01,306.5\n",
	"#id,name\n1,x\n2,y\n", "ASTM x,,\nw,e,g\n1,2,3\n2,3,4\n", "#a,5\n#b,6\n", "x,date\n1,NA\n2,2024-01-05\n", "a,b\ncaf\xe9,1\n", "v\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n007\n12345678901234567890\n",
	"a,b\n1,2\n3,e\n4,5\n\"x, y\",2,3\n", "type,0.0,0.5\nE1,0.3,0.1\nE2,0.2,0.5\n", "type,0.0,0.5,1.0,1.5,2.0\nE1,0.3,0.1,0.2,0.4,0.2\nE2,0.2,0.5,0.2,0.4,0.2\n", "id  Na\n--  --\nr0  5\nr1  6\n", "Report of x\n\nid  v\n1   2\n3   4\n",
	"date,name,n\n2024-01-01,x,y\n2024-01-02,y,5\n2024-01-32,z,6\n", "t,a\n2024-01-01,x\nTotal,2\n", "date,name,n\n2024-01-01,x,a1\n2024-01-02,y,5\nTotal,,6\n", "who\tn\tseen\tx\td\nc\td\ttime\td\td\n\t\tmeta\t\t\nb\t5\t2014-06-30\ta\tb\nc\t6\t2014-05-30\ta\tb\n",
	"t,a\n2024-01-01,1\n#2024-01-02,2\n2024-01-03,2\n",
	"# A tibble: 2 x 2\n     id v    \n  <dbl> <chr>\n1     1 a    \n2     2 b    \n", ")]}',\n[{\"a\":1}]\n", "x y\n1\t2\n3\t4\n", "x,n\n1,NA\n2,5\n", "x;n\n1;1,5\n2;2,55\n", "x,n\n1,-0\n2,5\n", "x,n\n1,1 234 567\n2,12\n", "a,b\tc\nx,y\t3\n",
	`{"o":{"k.x":{"g":[{"a":1},{"a":2}]}},"arcs":[{"b":1},{"b":2}]}`, `{"o.p":{"a":{"x":1,"y":2},"b":{"x":3,"y":4},"c":{"x":3,"y":4},"d":{"x":3,"y":4}},"z[]":[{"b":1},{"b":2}]}`, `{"*":[{"a":1},{"a":2}],"$.x":[{"b":1},{"b":2}],"c\\d":[{"b":1}]}`,
}

// paster runs `ovate ingest --dry-run` with the flags that it tells.
type paster struct {
	t          *testing.T
	file, data string
	seen       map[string]bool // the flags with which it ran
}

// follow runs it with flags, and with each that is told, so many times one after the other.
func (p *paster) follow(flags []string, depth int) (works bool) {
	p.t.Helper()
	key := strings.Join(flags, " ")
	if p.seen[key] {
		return true // it is told where it came first
	}
	p.seen[key] = true
	var errs bytes.Buffer
	args := []string{"ingest", p.file, "-d", "t", "--data", p.data, "--dry-run"}
	for _, flag := range flags {
		name, sign, value := parted(flag)
		if sign == " " {
			args = append(args, name, value)
		} else {
			args = append(args, flag)
		}
	}
	code := Main(context.Background(), args, &Streams{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &errs})
	told := toldFlags(errs.String())
	if len(flags) == 0 && len(told) == 0 {
		p.t.Errorf("no flag is told:\n%s", &errs)
	}
	if depth == 0 || code == 0 && len(flags) > 0 {
		told = nil
	}
	if code != 0 && len(told) == 0 {
		p.t.Errorf("%s ends with exit code %d and no further advice:\n%s", key, code, &errs)
		return false
	}
	for _, one := range told {
		if !p.follow(with(flags, one), depth-1) {
			p.t.Errorf("%q was told of %q by\n%s", strings.Join(one, " "), key, &errs)
		}
	}
	return true
}

// parted is the name of a flag, and what stands between it and its value, as it was told.
func parted(flag string) (name, sign, value string) {
	at := strings.IndexAny(flag, "= ")
	if at < 0 {
		return flag, "", ""
	}
	return flag[:at], flag[at : at+1], flag[at+1:]
}

// with adds flags to others, in place of those that they contradict.
func with(flags, more []string) []string {
	name := func(flag string) string { before, _, _ := parted(flag); return before }
	var all []string
	for _, flag := range flags {
		against := name(flag) == "--time" || name(flag) == "--time-column" || name(flag) == "--time-format"
		same := slices.ContainsFunc(more, func(one string) bool {
			return name(one) == name(flag) && name(one) != "--type" && name(one) != "--null" || against && name(one) == "--time" || name(flag) == "--time" && (name(one) == "--time-column" || name(one) == "--time-format")
		})
		if !same {
			all = append(all, flag)
		}
	}
	return append(all, more...)
}

var (
	toldFlag    = regexp.MustCompile(`--[a-z][a-z-]*`)
	toldValue   = regexp.MustCompile(`^[ =]("[^"]*"|'[^']*'|[^\s"',;]+)`)
	otherValue  = regexp.MustCompile(`^(?:,| or) ("[^"]*"|'[^']*'|[A-Za-z]{4,}[^\s"',;]*)`)
	placeholder = regexp.MustCompile(`^(NAME|FORMAT|WORD|ZONE|DIR|TEXT|N|DATE \+ TIME)$`)
	columnsTold = regexp.MustCompile(`(?:[:;] |, )([^ ,:"]+|"[^"]+") \(`)
)

// toldFlags are the flags that texts tell, those that belong together in one.
func toldFlags(text string) (all [][]string) {
	for _, line := range strings.Split(text, "\n") {
		for line != "" {
			at := toldFlag.FindStringIndex(line)
			if at == nil {
				break
			}
			before := line[:at[0]]
			choices, rest := chain(line[at[0]:])
			line = rest
			for _, flags := range choices {
				if i := slices.IndexFunc(flags, func(flag string) bool { return strings.HasPrefix(flag, "--type COLUMN=") }); i >= 0 {
					names := columnsTold.FindAllStringSubmatch(before, 1)
					if names == nil {
						continue
					}
					flags[i] = "--type=" + strings.Trim(names[0][1], `"`) + strings.TrimPrefix(flags[i], "--type COLUMN")
				}
				all = append(all, flags)
			}
		}
	}
	return all
}

// chain reads flags that follow each other, with each of the values that the last one may have.
func chain(text string) (choices [][]string, rest string) {
	var flags []string
	usable := true
	for {
		name := toldFlag.FindString(text)
		text = text[len(name):]
		value, sign := "", ""
		if found := toldValue.FindStringSubmatch(text); found != nil && takesValue(name) {
			value, sign = found[1], found[0][:1]
			text = text[len(found[0]):]
		}
		bare := strings.TrimRight(value, ".:)")
		if value != "" && value[0] != '"' && value[0] != '\'' {
			text = value[len(bare):] + text
		} else {
			bare = strings.Trim(value, `"'`)
		}
		if takesValue(name) && bare == "" && name != "--skip-bad" || placeholder.MatchString(bare) {
			usable = false
		}
		flag := name
		if bare != "" {
			flag += sign + bare
		}
		flags = append(flags, flag)
		if next, is := strings.CutPrefix(text, " --"); is {
			text = "--" + next
			continue
		}
		if !usable {
			return nil, text
		}
		choices = append(choices, flags)
		for {
			other := otherValue.FindStringSubmatch(text)
			if other == nil || name != "--time-format" {
				return choices, text
			}
			choices = append(choices, append(slices.Clone(flags[:len(flags)-1]), fmt.Sprintf("%s %s", name, strings.Trim(other[1], `"'`))))
			text = text[len(other[0]):]
		}
	}
}

func takesValue(flag string) bool {
	switch flag {
	case "--header", "--no-header", "--fill", "--no-fill", "--append", "--replace", "--verbose", "--dry-run", "--skip-bad":
		return false
	}
	return true
}
