package table

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// headerOf opens a text and tells how its first line is taken, and what is told.
func headerOf(t *testing.T, text string) (is bool, columns, notes string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, table, err := read(t.Context(), Options{}, path)
	if err != nil {
		t.Errorf("%q: %v", text, err)
		return false, "", ""
	}
	d := &table.Inputs[0].Dialect
	return d.Header, strings.Join(d.Columns, "|"), strings.Join(notesOf(table), "\n")
}

// A year alone names its column where it stands beside the name of what the rows are, and no value below it may be a year.
func TestYearThatIsAName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"country,1990\nDE,1\nFR,..\n":          true,
		"Country Name;1990\nDE;1,5\nFR;..\n":   true,
		"country,1990\nDE,1\nFR,1995\n":        false,
		"apple,1990\npear,12\nfig,7\n":         false,
		"name,12\nann,7\nbob,5\n":              false,
		"country,1990,5\nDE,1,2\nFR,..,4\n":    false,
		"country,1990,1991\nDE,1,2\nFR,..,4\n": true,
	} {
		if is, columns, _ := headerOf(t, text); is != want {
			t.Errorf("%q: %t, %s", text, is, columns)
		}
	}
}

// A first row is one more row where it is like the others, whatever it has in the place of a value that is unknown.
func TestFirstRowOfData(t *testing.T) {
	t.Parallel()
	var texts []string
	for _, mark := range []string{"?", ".", "..", "---", "*", "<5", ">=10", "5*", "#N/A", "(null)", "ND", "missing", "unknown", "Unknown", "n.d.", "NA", "n/a", "N/A", "-", "--", "–", "…", "none", "odd"} {
		texts = append(texts, "1,"+mark+",100\n2,5,150\n3,6,350\n", "x,"+mark+",100\ny,5,150\nz,6,350\n", mark+",x,100\n5,y,150\n6,z,350\n", "x;1,5;"+mark+"\ny;2,5;4\nz;3,5;5\n")
	}
	for _, mark := range []string{"?", ".", "NA", "unknown", "<5"} {
		texts = append(texts, mark+",x\n5,y\n6,z\n", "x\t"+mark+"\ny\t5\nz\t6\n")
	}
	texts = append(texts,
		"##gff-version 3\nchr1\tsrc\tgene\t100\t200\t.\t+\t.\tID=g1\nchr1\tsrc\texon\t100\t150\t.\t-\t0\tID=e1\nchr2\tsrc\texon\t300\t350\t.\t-\t0\tID=e2\nchr2\tsrc\texon\t400\t450\t0.5\t-\t1\tID=e3\n",
		"74-82-8\n74-84-0\n106-97-8\n7732-18-5\n",
		"cpu,host=a usage=1,n=3i 17\ncpu,host=b usage=2,n=4i 18\n",
		"user=a,role=x\nuser=b,role=y\n",
		"a@x.de,Ann\nb@y.de,Bob\nc@z.de,Cy\n",
		"https://a.de/x,Ann\nhttps://b.de,Bob\n",
		"AB-12,red\nCD-34,blue\nEF-56,green\n",
		"10.0.0.1,a\n10.0.0.12,b\n192.168.1.1,c\n",
		"DE,x,aa\nDE,y,bb\nFR,y,cc\nDE,x,dd\n",
		",5,100\nx,7,20\ny,6,350\n",
		"AD\tAndorra\nAE\tEmirates\nAF\tAfghanistan\nAG\tAntigua\nAI\tAnguilla\nAL\tAlbania\nAM\tArmenia\nAO\tAngola\nAQ\tAntarctica\n",
	)
	words := "ab,x\n"
	for i := range 20 {
		words += fmt.Sprintf("%cb,y%c\n", 'b'+i, 'a'+i)
	}
	for _, text := range append(texts, strings.ReplaceAll(words, ",", ";")) {
		if is, columns, notes := headerOf(t, text); is {
			t.Errorf("%q: a header: %s\n%s", text, columns, notes)
		}
	}
}

// A first row names the columns where it is words above numbers or times, or goes on in steps as years do; what goes by less is told.
func TestFirstRowOfNames(t *testing.T) {
	t.Parallel()
	var keys strings.Builder // all different but for the name of their column
	for i := range byte(30) {
		fmt.Fprintf(&keys, "Asia,%c%c\n", 'A'+i%5, 'K'+i%6)
	}
	for text, told := range map[string]bool{
		"country,2019,2020,2021\nDE,1,2,3\nFR,4,..,6\n":                      false,
		"Group,ID\n" + keys.String() + "Asia,ID\n":                           true,
		"country,2019,2020,2021\nDE,1,2,3\nFR,4,5,6\n":                       false,
		"country,code,2019,2020\nDE,DEU,1,2\nFR,FRA,?,6\n":                   false,
		"date,NA\n2024-01-01,5\n2024-01-02,6\n":                              false,
		"id,unknown,total\n1,?,5\n2,3,6\n":                                   false,
		"date,5,25,75\n2024-01-01,1,2,3\n2024-01-02,2,4,7\n":                 true,
		",1.5,2.5\nx,1,2\ny,3,4\n":                                           true,
		",a,b\nx,1,2\ny,3,4\n":                                               false,
		"name,city\nann,rome\nbob,paris\n":                                   true,
		"q1,q2\nyes,no\nno,no\n":                                             true,
		"name,value\nAl,<5\nBo,7\nCy,>9\n":                                   false,
		"email,site\na@x.de,https://x.de\nb@y.de,https://y.de\n":             true,
		"value\n?\n5\n6\n":                                                   false,
		"code,name\nAD,Andorra\nAE,Emirates\nAF,Afghanistan\nAG,Antigua\n":   true,
		"animal,sound\nbear,growl\ncat,meow\ndog,bark\n":                     true,
		"x1,x2,y\n1,2,3\n4,5,6\n":                                            false,
		"sample,A1,A2\nctrl,5,6\ntest,7,8\n":                                 false,
		"time;2019;2020\n2024-01-01;1;5\n2024-01-02;2;6\n":                   false,
		"Country Name,Indicator,1960,1961\nAruba,\"Pop, all\",54608,55811\n": false,
		"name,1,2,3\na,10,20,31\nb,5,7,8\n":                                  false,
	} {
		is, columns, notes := headerOf(t, text)
		if !is {
			t.Errorf("%q: no header: %s\n%s", text, columns, notes)
		}
		if got := strings.Contains(notes, "by its place alone"); got != told {
			t.Errorf("%q: told %v\n%s", text, got, notes)
		}
	}
}
