package table

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
		{"rows", "name,temp,rh\na,1.5,20\nb,2.5,30\n", "", "name,temp,rh|a,1.5,20|b,2.5,30"},
		{"null words", "name,temp,rh\na,n/a,-\nb,2.5,30\nc,2.5,30\n", "", "name,temp,rh|a,n/a,-|b,2.5,30|c,2.5,30"},
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
		if want := "--skip-lines " + test.flag + " leaves"; err != nil || test.flag == "" && around != "" || test.flag != "" && !strings.Contains(around, want) {
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
