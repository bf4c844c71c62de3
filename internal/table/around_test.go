package table

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/internal/choice"
	"ovate/internal/shell"
)

// TestLinesAroundHeaders: titles that are not told from rows, and more of a header behind it, are told with the flag that leaves them out, and it does.
func TestLinesAroundHeaders(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, flag, rows string }{
		{"World Bank", "\"Data Source\",\"WDI\",\n\n\"Last Updated Date\",\"2024-01-01\",\n\n\"Country Name\",\"Country Code\",\"1960\",\"1961\",\n\"Aruba\",\"ABW\",\"54608\",\"55811\",\n\"Namibia\",\"NAM\",\"\",\"\",\n",
			"4", "Country Name,Country Code,1960,1961|Aruba,ABW,54608,55811|Namibia,NAM,,"},
		{"yfinance", "Price,Close,High\nTicker,AAPL,AAPL\nDate,,\n2024-01-02,184.5,187.3\n2024-01-03,183.1,184.7\n", "2-3", "Price,Close,High|2024-01-02,184.5,187.3|2024-01-03,183.1,184.7"},
		{"pandas", ",a,a,b\n,x,y,x\ndate,,,\n2024-01-01,1,2,3\n2024-01-02,4,5,6\n", "2-3", "column_1,a,a_2,b|2024-01-01,1,2,3|2024-01-02,4,5,6"},
		{"Campbell", "\"TOA5\",\"CR1000\",\"CR1000\",\"1234\",\"Std.32\",\"CPU:a.CR1\",\"5432\",\"Table1\"\n\"TIMESTAMP\",\"RECORD\",\"BattV\"\n\"TS\",\"RN\",\"Volts\"\n\"\",\"\",\"Min\"\n" +
			"\"2024-01-01 00:00:00\",0,12.5\n\"2024-01-01 00:10:00\",1,12.4\n\"2024-01-01 00:20:00\",2,12.4\n", "1,3-4", "TIMESTAMP,RECORD,BattV|2024-01-01 00:00:00,0,12.5|2024-01-01 00:10:00,1,12.4|2024-01-01 00:20:00,2,12.4"},
		{"units", "name,temp,rh\n,degC,%\na,1.5,20\nb,2.5,30\n", "2-2", "name,temp,rh|a,1.5,20|b,2.5,30"},
		{"three lines", "name\tage\tborn\tof\tkind\nstring\tc\ttime\ts\td\n\t\t\t\tclass\na\t1.5\t2024-01-01\tx\ty\nb\t2.5\t2024-01-02\tx\tz\n", "2-3", "name,age,born,of,kind|a,1.5,2024-01-01,x,y|b,2.5,2024-01-02,x,z"},
		{"a row with a time", "date,name,n\n2024-01-01,x,y\n2024-01-02,y,5\n2024-01-32,z,6\n", "", "date,name,n|2024-01-01,x,y|2024-01-02,y,5|2024-01-32,z,6"},
		{"a row of nulls", "name,temp,rh\na,,\nb,2.5,30\nc,2.5,30\n", "", "name,temp,rh|a,,|b,2.5,30|c,2.5,30"},
		{"rows", "name,temp,rh\na,1.5,20\nb,2.5,30\n", "", "name,temp,rh|a,1.5,20|b,2.5,30"},
		{"null words", "name,temp,rh\na,n/a,-\nb,2.5,30\nc,2.5,30\n", "", "name,temp,rh|a,n/a,-|b,2.5,30|c,2.5,30"},
		{"row names", "sex,age,state\n1,male,22,up\n2,female,38,no\n", "", "row_name,sex,age,state|1,male,22,up|2,female,38,no"},
		{"bars", "||a||b||\n|1|x|\n|2|y|\n", "", "column_1,column_2,column_3,column_4,column_5,column_6,column_7|,,a,,b,,|line 2 has only 4 fields, and there are 7 columns; column_5 is the first without a value, which --fill makes null|line 3 has only 4 fields, and there are 7 columns; column_5 is the first without a value, which --fill makes null"},
		{"BED", "browser position chr7\ntrack name=\"x\"\nchr7\t1\t2\nchr7\t2\t3\nchr7\t3\t4\n", "2", "column_1,column_2,column_3|chr7,1,2|chr7,2,3|chr7,3,4"},
		{"a sign before the first name", "@id,name,v\n1,a,5\n2,b,6\n", "", "@id,name,v|1,a,5|2,b,6"},
		{"words", "name,city\na,Rome\nb,Paris\n", "", "name,city|a,Rome|b,Paris"},
	} {
		path := filepath.Join(t.TempDir(), "a.csv")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		table, err := Open(t.Context(), []string{path}, Options{})
		around := ""
		if err == nil {
			around = table.Inputs[0].Dialect.Around()
		}
		if want := "--skip-lines " + test.flag + " leaves"; err != nil || test.flag == "" && around != "" || test.flag != "" && !strings.Contains(choice.In(around, nil), want) {
			t.Errorf("%s: %q, want %q; %v", test.name, around, want, err)
		}
		first, more, err := ParseLines("0")
		if test.flag != "" {
			first, more, err = ParseLines(test.flag)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range []int{0, 16} {
			if got := inBlocks(t, test.text, Options{SkipLines: &first, OmitLines: more}, block); !strings.HasPrefix(got, test.rows+"\n") || strings.Contains(got, "looks like") {
				t.Errorf("%s: %s", test.name, got)
			}
		}
	}
}

// TestLinesWithASign: lines above a table that begin with a sign of their own are told with the flags that leave them out, which do.
func TestLinesWithASign(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, flag, rows, lines string }{
		{"SAM", "@HD\tVN:1.6\tSO:x\n@SQ\tSN:ref\tLN:45\nr1\t99\tref\t7\t30\nr2\t0\tref\t9\t30\n", "@", "column_1,column_2,column_3,column_4,column_5|r1,99,ref,7,30|r2,0,ref,9,30", "--skip-lines 2 the first"},
		{"GEO", "!geo\t\"GSM1\"\t\"GSM2\"\n!begin\n\"ID\"\t\"GSM1\"\t\"GSM2\"\n\"a\"\t1.5\t2.5\n\"b\"\t2.5\t3\n\"c\"\t4\t3.5\n!end\n", "!", "ID,GSM1,GSM2|a,1.5,2.5|b,2.5,3|c,4,3.5", "--skip-lines 2 the first"},
		{"Matlab", "%% made\n% x y\n1,2\n3,4\n5,6\n", "%", "column_1,column_2|1,2|3,4|5,6", "--skip-lines 2 the first"},
	} {
		table, err := Open(t.Context(), save(t, test.text), Options{})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if around := choice.In(table.Inputs[0].Dialect.Around(), nil); !strings.Contains(around, shell.Flag("--comment", test.flag)+" leaves out all lines that begin so") || !strings.Contains(around, test.lines) {
			t.Errorf("%s: %q", test.name, around)
		}
		if got := inBlocks(t, test.text, Options{Comment: test.flag}, 0); !strings.HasPrefix(got, test.rows+"\n") {
			t.Errorf("%s: %s", test.name, got)
		}
		if err := table.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestParseLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"0": "0 []", "4": "4 []", "2-3": "0 [{2 3}]", "2-2": "0 [{2 2}]", "1,3-4": "1 [{3 4}]", "1-2,2-5": "5 []", "3,1": "1 [{3 3}]", "1-2, 4 ,9-10": "2 [{4 4} {9 10}]",
		"": "", "-1": "", "a": "", "3-2": "", "1-": "", "0-2": "", "1,": ""} {
		first, more, err := ParseLines(text)
		if got := fmt.Sprint(first, " ", more); (err != nil) != (want == "") || err == nil && got != want {
			t.Errorf("%q is %s: %v", text, got, err)
		}
	}
}
