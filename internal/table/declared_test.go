package table

import (
	"strings"
	"testing"
)

// TestDeclaredLogs: a log that declares its columns, as those of IIS, CloudFront, Windows, Exchange and Zeek do, is read by what it says, with null where it
// has a word for no value, and told; other names in the middle end it.
func TestDeclaredLogs(t *testing.T) {
	t.Parallel()
	const (
		iis    = "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2024-01-02 00:00:00\r\n"
		fields = "#Fields: date time cs-method sc-status\r\n"
		first  = "2024-01-02 00:00:01 GET 200\r\n"
		zeek   = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\tNONE\n#path\tconn\n#fields\tts\tservice\tsent\n#types\ttime\tstring\tcount\n"
	)
	for _, test := range []struct {
		name, text, rows, note string
		o                      Options
	}{
		{name: "IIS", text: iis + fields + first, rows: "date,time,cs-method,sc-status|2024-01-02,00:00:01,GET,200", note: "line 4, which begins with #Fields:, names the columns."},
		{name: "no value", text: iis + fields + first + "2024-01-02 00:00:02 - 0\r\n2024-01-02 00:00:03 \"- 0\r\n2024-01-02 00:00:03 - -\r\n",
			rows: "date,time,cs-method,sc-status|2024-01-02,00:00:01,GET,200|2024-01-02,00:00:02,,0|2024-01-02,00:00:03,\"-,0|2024-01-02,00:00:03,,", note: `each of 2 lines, the first of them line 6, has "-" where there is no value`},
		{name: "named again", text: iis + fields + first + iis + fields + first, rows: "date,time,cs-method,sc-status|2024-01-02,00:00:01,GET,200|2024-01-02,00:00:01,GET,200", note: "lines that begin with # are left out as comments."},
		{name: "comments with as many fields as rows", text: "#Fields: date time x\n2024-01-02 00:00:01 -\n#Date: 2024-01-03 00:00:00\n2024-01-02 00:00:02 b\n",
			rows: "date,time,x|2024-01-02,00:00:01,|2024-01-02,00:00:02,b"},
		{name: "the last names before the rows count", text: iis + "#Fields: date time\r\n" + iis + fields + first, rows: "date,time,cs-method,sc-status|2024-01-02,00:00:01,GET,200"},
		{name: "named otherwise", text: iis + fields + first + "#Fields: date time sc-status cs-method\r\n2024-01-02 00:00:01 200 GET\r\n", rows: "line 6 (#Fields: date time sc-status cs-method) names the columns again, but otherwise than line 4"},
		{name: "more names", text: iis + fields + first + "#Fields: date time cs-method sc-status x\r\n2024-01-02 00:00:01 GET 200 -\r\n", rows: "names the columns again, but otherwise than line 4"},
		{name: "a firewall of Windows", text: "#Version: 1.5\n#Software: Microsoft Windows Firewall\n#Time Format: Local\n#Fields: date time action path\n\n2024-01-02 00:00:01 DROP -\n", rows: "date,time,action,path|2024-01-02,00:00:01,DROP,"},
		{name: "CloudFront", text: "#Version: 1.0\n#Fields: date time x-edge cs(User-Agent)\n2024-01-02\t00:00:01\tFRA 2\t-\n", rows: "date,time,x-edge,cs(User-Agent)|2024-01-02,00:00:01,FRA 2,"},
		{name: "Exchange", text: "#Software: Microsoft Exchange Server\n#Fields: date-time,client-ip,subject\n2024-01-02T00:00:01Z,,\"a, b\"\n2024-01-02T00:00:02Z,-,c\n",
			rows: "date-time,client-ip,subject|2024-01-02T00:00:01Z,,a, b|2024-01-02T00:00:02Z,-,c"},
		{name: "quotes", text: "#Fields: date time agent\n2024-01-02 00:00:01 \"a b\"\n", rows: "date,time,agent|2024-01-02,00:00:01,a b"},
		{name: "Zeek", text: zeek + "1300475167.09\tdns\t1\n1300475167.1\tNONE\t\"2\n#close\t2024-01-02-01-00-00\n", rows: "ts,service,sent|1300475167.09,dns,1|1300475167.1,,\"2",
			note: `line 9 has "NONE" where there is no value`},
		{name: "Zeek, named otherwise", text: zeek + "1300475167.09\tdns\t1\n#fields\tts\tsent\tservice\n1300475167.1\t1\tdns\n", rows: "line 9 (#fields\tts\tsent\tservice) names the columns again, but otherwise than line 6"},
		{name: "without a header", text: iis + fields + first, o: Options{Header: new(bool)}, rows: "column_1,column_2,column_3,column_4|2024-01-02,00:00:01,GET,200"},
		{name: "a sentence with commas", text: "#Fields: of corn, wheat\nname,v\nx,1\ny,2\n", rows: "name,v|x,1|y,2"},
		{name: "other rows than it says", text: "#Fields: of wheat\na,1,2\nb,3,4\n", rows: "column_1,column_2,column_3|a,1,2|b,3,4"},
		{name: "no rows", text: iis + fields, rows: "has no rows: there is nothing in it but lines that begin with #"},
	} {
		for _, block := range []int{0, 64} {
			got := inBlocks(t, test.text, test.o, block)
			rows, notes, _ := strings.Cut(got, "\n")
			if rows != test.rows && !(strings.Contains(got, " names the columns again") || strings.Contains(got, "has no rows")) || !strings.Contains(got, test.rows) || !strings.Contains(notes, test.note) {
				t.Errorf("%s, blocks of %d:\n%s", test.name, block, got)
			}
		}
	}
}

// TestDeclaredLogsTogether: of several logs those without rows are left out, and told.
func TestDeclaredLogsTogether(t *testing.T) {
	t.Parallel()
	const begin = "#Version: 1.0\n#Fields: date time x\n"
	got, table, err := read(t.Context(), Options{}, save(t, begin, begin+"2024-01-02 00:00:01 1\n", "#Fields: date time x y\n2024-01-02 00:00:02 1 -\n")...)
	if err != nil || strings.Join(got, "|") != "3: date=t2024-01-02 time=t00:00:01 x=t1|2: date=t2024-01-02 time=t00:00:02 x=t1 y= " {
		t.Error(got, err)
	}
	if notes := strings.Join(notesOf(table), "\n"); !strings.Contains(notes, "Left out, as there is nothing in them") || !strings.Contains(notes, "it has a column that 1 has not: y") {
		t.Error(notes)
	}
}
