package cli

import (
	"strings"
	"testing"
)

// The time of a row is what the file says, or what the caller says: all rows get the same only where no column looks like a time.
func TestIngestFindsTheTime(t *testing.T) {
	t.Parallel()
	tryAll(t, []ingestion{
		{name: "a total below the times", files: []string{"time,v\n2024-01-01,1\n2024-01-02,2\nTotal,3\n"}, code: 1,
			says: []string{"nothing was ingested", `line 4, column time: "Total" is no time`, "--skip-bad", "--time-format", "--time-column NAME", "--time 2024-01-01"}},
		{name: "a total below the times, left out", files: []string{"time,v\n2024-01-01,1\n2024-01-02,2\nTotal,3\n"}, flags: []string{"--skip-bad"},
			want: []string{`{"__time":"2024-01-01","v":1}`, `{"__time":"2024-01-02","v":2}`}, says: []string{"Left out: 1 row", `"Total" is no time`}},
		{name: "a day that there is not", files: []string{"time,v\n2024-01-01,1\n2024-02-30,3\n2024-02-31,4\n"}, code: 1, says: []string{"no column is a time in all rows; time looks like one, but", `2 of 3 rows have no time in it, the first "2024-02-30" in `, "line 3", "--skip-bad", "--time-column NAME", "--time 2024-01-01", "--time-format"}},
		{name: "a day that there is not, among others", files: []string{`{"created_at":"2024-01-01"}` + "\n" + `{"created_at":"2024-01-05"}` + "\n" + `{"created_at":"2024-02-30"}`}, code: 1, says: []string{`line 3, column created_at: "2024-02-30" is no time`}},
		{name: "times under a name that does not say so", files: []string{"born,v\n2024-01-01,1\n2024-01-02,2\nunknown,3\n"}, code: 1, says: []string{`line 4, column born: "unknown" is no time`, "--time 2024-01-01"}},
		{name: "days since 1900", files: []string{"date,v\n45306,1\n45307,2\n"}, code: 1, says: []string{"no column is a time", `date, which is named like one, cannot be read: the first value is "45306" in `, "line 2", "--time-format FORMAT", "--skip-bad", "--time-column NAME", "--time 2024-01-01"}},
		{name: "a pattern that nobody knows", files: []string{"v,timestamp\n1,2024|01|15\n2,2024|01|16\n"}, code: 1, says: []string{`timestamp, which is named like one, cannot be read: the first value is "2024|01|15" in `, "line 2"}},
		{name: "a time of the day alone", files: []string{"time,v\n10:20,1\n"}, code: 1, says: []string{`the first value is "10:20"`}},
		{name: "seconds since the start", files: []string{"Time,v\n0,1\n60,2\n"}, want: []string{`{"__time":"2000-01-01","Time":0,"v":1}`, `{"__time":"2000-01-01","Time":60,"v":2}`}, says: []string{"No column is a time"}},
		{name: "names that speak of a time and mean none", files: []string{"time_zone,price_at_noon,v\nUTC+2,5 EUR,1\n"}, want: []string{`{"__time":"2000-01-01","time_zone":"UTC+2","price_at_noon":"5 EUR","v":1}`}, says: []string{"No column is a time"}},
		{name: "a day whose name speaks of the month", files: []string{"year,month,date_of_month,v\n2000,1,1,3\n2000,1,13,4\n"}, flags: []string{"--time-column", "year + month + date_of_month"},
			want: []string{`{"__time":"2000-01-01","year":2000,"month":1,"date_of_month":1,"v":3}`, `{"__time":"2000-01-13","year":2000,"month":1,"date_of_month":13,"v":4}`}},
		{name: "zones of their own", files: []string{"at,v\n2014-05-31T01:06:56+02:00,2\n2014-05-31T01:06:56Z,3\n"}, want: []string{`{"__time":"2014-05-30T23:06:56","v":2}`, `{"__time":"2014-05-31T01:06:56","v":3}`},
			says: []string{`at: once a zone, which is kept as the instant that it means, in UTC`, "--type at=string"}},
		{name: "a guess of the century beside years of four digits", files: []string{"lost,lost_iso\n18.08.26,1926-08-18\n22.08.27,1927-08-22\n"}, want: []string{`{"__time":"1926-08-18","lost":"18.08.26"}`, `{"__time":"1927-08-22","lost":"22.08.27"}`}},
		{name: "a guess of the century that is named better", files: []string{"DATE,DATE_ISO,YEAR\n18.08.26,1926-08-18,1926\n02-OCT-1926,1926-10-02,1926\n"}, want: []string{`{"__time":"1926-08-18","DATE":"18.08.26","YEAR":1926}`, `{"__time":"1926-10-02","DATE":"02-OCT-1926","YEAR":1926}`},
			says: []string{"Other columns could be the time as well: DATE, YEAR"}},
		{name: "a guess of the century beside another time", files: []string{"date,birth_date\n18.08.26,1926-08-18\n22.08.27,1927-08-22\n"}, want: []string{`{"__time":"2026-08-18","birth_date":"1926-08-18"}`, `{"__time":"2027-08-22","birth_date":"1927-08-22"}`}},
		{name: "a comment where a time is", files: []string{"t,a\n2024-01-01,1\n#2024-01-02,2\n2024-01-03,2\n"}, code: 1, says: []string{`"#2024-01-02" is no time; if its line is a comment, --comment '#' leaves it out`}},
		{name: "keys and objects called alike", files: []string{`{"t":"2024-01-01","a":{"b":2}}` + "\n" + `{"t":"2024-01-02","a.b":5}` + "\n"}, want: []string{`{"__time":"2024-01-01","a.b":2,"a.b_2":null}`, `{"__time":"2024-01-02","a.b":null,"a.b_2":5}`}, says: []string{`the key "a.b" is "a.b_2"`}},
		{name: "words for null above dashes", files: []string{"id  null  v\n--  ----  --\nr0  5     1\nr1  6     2\n"}, want: []string{`{"__time":"2000-01-01","id":"r0","null":5,"v":1}`, `{"__time":"2000-01-01","id":"r1","null":6,"v":2}`}},
		{name: "inflation", files: []string{"year,unem,inf\n1948,3.8,8.1\n1949,5.9,-1.2\n"}, want: []string{`{"__time":"1948-01-01","unem":3.8,"inf":8.1}`, `{"__time":"1949-01-01","unem":5.9,"inf":-1.2}`}},
		{name: "years beside each other", files: []string{"country,2019,2020\nA,3,8\nB,5,1\n"}, want: []string{`{"__time":"2000-01-01","country":"A","2019":3,"2020":8}`, `{"__time":"2000-01-01","country":"B","2019":5,"2020":1}`}},
		{name: "names by their place alone", files: []string{"January\nFebruary\nMarch\n"}, want: []string{`{"__time":"2000-01-01","January":"February"}`, `{"__time":"2000-01-01","January":"March"}`}, says: []string{"by its place alone", "--no-header"}},
		{name: "versions", files: []string{"app,version\nweb,3.12.15\ndb,3.11.14\n"}, want: []string{`{"__time":"2000-01-01","app":"db","version":"3.11.14"}`, `{"__time":"2000-01-01","app":"web","version":"3.12.15"}`},
			says: []string{"No column is a time", "sorted by their columns", "Could be times: version (dates)"}},
		{name: "days with points", files: []string{"app,datum\nweb,3.12.15\n"}, want: []string{`{"__time":"2015-12-03","app":"web"}`}},
		{name: "meals", files: []string{"time,v\nDinner,1\nLunch,2\n"}, want: []string{`{"__time":"2000-01-01","time":"Dinner","v":1}`, `{"__time":"2000-01-01","time":"Lunch","v":2}`}, says: []string{"No column is a time"}},
		{name: "a year beside a better time", files: []string{"year,timestamp,v\n2024,2024-01-01,1\n2024,2024-01-02,2\n2024,n.d.,3\n"}, code: 1, says: []string{`line 4, column timestamp: "n.d." is no time`}},
		{name: "a year beside a better time, which is left out", files: []string{"year,timestamp,v\n2024,2024-01-01,1\n2024,2024-01-02,2\n2024,n.d.,3\n"}, flags: []string{"--skip-bad"},
			want: []string{`{"__time":"2024-01-01","year":2024,"v":1}`, `{"__time":"2024-01-02","year":2024,"v":2}`}, says: []string{"Other columns could be the time as well: year", "Left out: 1 row"}},
		{name: "numbers since 1970 beside a better time", files: []string{"ts,date,v\n1700000000,2024-01-01,1\n1700000001,2024-01-02,2\n1700000002,none yet,3\n"}, code: 1, says: []string{`line 4, column date: "none yet" is no time`}},
		{name: "two times of which one is whole", files: []string{"timestamp,updated_at,v\n2024-01-01,2024-02-01,1\nsoon,2024-02-02,2\n2024-01-01,2024-02-02,2\n"},
			want: []string{`{"__time":"2024-02-01","timestamp":"2024-01-01","v":1}`, `{"__time":"2024-02-02","timestamp":"2024-01-01","v":2}`, `{"__time":"2024-02-02","timestamp":"soon","v":2}`},
			says: []string{`timestamp is not taken for the time, as 1 of 3 rows has no time in it, the first "soon" in `, `--time-column "timestamp" --skip-bad`}},
		{name: "a year that one row lacks", files: []string{"year,v\n1999,1\n1999,1\nNA,2\n"},
			want: []string{`{"__time":"2000-01-01","year":1999,"v":1}`, `{"__time":"2000-01-01","year":1999,"v":1}`, `{"__time":"2000-01-01","year":null,"v":2}`},
			says: []string{"all rows get 2000-01-01", "year is not taken for the time, as 1 of 3 rows has nothing in it", `--time-column "year" --skip-bad`}},
		{name: "a time that is usually not given", files: []string{"delivery_date,v\n2024-01-01,1\n,1\n,2\n"}, code: 1, says: []string{"delivery_date looks like one, but 2 of 3 rows have nothing in it", `--time-column "delivery_date" --skip-bad`, "--time 2024-01-01"}},
		{name: "a time that is usually not given, and leave to leave out others", files: []string{"delivery_date,v\n2024-01-01,1\n,1\n,2\n"}, flags: []string{"--skip-bad"}, code: 1, says: []string{"2 of 3 rows have nothing in it"}},
		{name: "a time that is usually not given, and asked for", files: []string{"delivery_date,v\n2024-01-01,1\n,1\n,2\n"}, flags: []string{"--time-column", "delivery_date", "--skip-bad"}, want: []string{`{"__time":"2024-01-01","v":1}`}, says: []string{"Left out: 2 rows"}},
		{name: "milliseconds among seconds", files: []string{"ts,v\n1700000000,1\n1700000001,2\n1700000002000,3\n0,4\n"}, code: 1, says: []string{`line 4, column ts: "1700000002000" is milliseconds since 1970, it seems, where others are seconds since 1970, as "1700000000" in `, "line 2; times of one column are of one unit: --time-format posix takes all for seconds", `line 5, column ts: "0"`}},
		{name: "days and months that another row tells apart", files: []string{"date,v\n01/02/2024,1\n13/02/2024,2\n"}, want: []string{`{"__time":"2024-02-01","v":1}`, `{"__time":"2024-02-13","v":2}`},
			says: []string{`date: dates are read as dd/MM/yyyy, as "13/02/2024" in `, "line 3 can be nothing else. What could be otherwise is read so, too: once, the first \"01/02/2024\" in ", "line 2."}},
		{name: "some times with a zone", files: []string{"time,v\n2024-01-01T10:00:00Z,1\n2024-01-02 10:00,2\n2024-01-03,3\n2024-01-04T10:00:00+02:00,4\n"},
			want: []string{`{"__time":"2024-01-01T10:00:00","v":1}`, `{"__time":"2024-01-02T10:00:00","v":2}`, `{"__time":"2024-01-03","v":3}`, `{"__time":"2024-01-04T08:00:00","v":4}`},
			says: []string{`time: 2 times a zone in the value (the first "2024-01-01T10:00:00Z" in `, "line 2), and 2 times none (the first \"2024-01-02 10:00\" in ", "line 3), which is taken for UTC; --time-zone Europe/Berlin"}},
		{name: "some times with a zone, and a zone of the others", files: []string{"time,v\n2024-01-01T10:00:00Z,1\n2024-01-02 10:00,2\n"}, flags: []string{"--time-zone", "Europe/Berlin"},
			want: []string{`{"__time":"2024-01-01T10:00:00","v":1}`, `{"__time":"2024-01-02T09:00:00","v":2}`}, says: []string{"once a zone", "once none", "local times of Europe/Berlin"}},
		{name: "some times with a zone, in a format", files: []string{"time,v\n2024-01-01T10:00:00Z,1\n2024-01-02T10:00,2\n"}, flags: []string{"--time-format", "iso"}, says: []string{"once a zone", "once none", "taken for UTC"}},
		{name: "a zone that a format leaves out", files: []string{"time,v\n2024-01-01 10:00:00,1\n2024-01-02 10:00:00 CET,2\n"}, flags: []string{"--time-format", "auto"}, code: 1, says: []string{`line 3, column time: "2024-01-02 10:00:00 CET" is no time`}},
		{name: "times that clocks skip and show twice, in a format", files: []string{"time,v\n31.03.2024 02:30,1\n27.10.2024 02:30,2\n"}, flags: []string{"--time-zone", "Europe/Berlin", "--time-format", "dd.MM.yyyy HH:mm"},
			want: []string{`{"__time":"2024-03-31T01:30:00","v":1}`, `{"__time":"2024-10-27T00:30:00","v":2}`},
			says: []string{"once a time that the clocks of Europe/Berlin skip", `"31.03.2024 02:30" in `, "line 2", "once a time that the clocks of Europe/Berlin show twice, taken for the first", `"27.10.2024 02:30" in `, "line 3"}},
		{name: "times that clocks skip and show twice, in digits", files: []string{"time,v\n20240331023000,1\n20241027023000,2\n"}, flags: []string{"--time-zone", "Europe/Berlin"},
			want: []string{`{"__time":"2024-03-31T01:30:00","v":1}`, `{"__time":"2024-10-27T00:30:00","v":2}`}, says: []string{"Europe/Berlin skip", "line 2", "Europe/Berlin show twice", "line 3"}},
		{name: "digits below a millisecond in a format without signs", files: []string{"d,v\n102030.123456,1\n102030.123000,2\n"}, flags: []string{"--time-format", "HHmmss.SSSSSS"}, want: []string{`{"__time":"1970-01-01T10:20:30.123Z","v":1}`, `{"__time":"1970-01-01T10:20:30.123Z","v":2}`},
			says: []string{"d: once digits below a millisecond", "CUT", `"102030.123456" in `, "line 2"}},
		{name: "a year that half of the rows lack", files: []string{"year,v\n2024,1\nTotal,2\n"}, code: 1, says: []string{`column year: "Total" is no time`}},
		{name: "a year that most rows lack", files: []string{"year,v\n2024,1\nTotal,2\nall,3\n"}, want: []string{`{"__time":"2000-01-01","year":"2024","v":1}`, `{"__time":"2000-01-01","year":"Total","v":2}`, `{"__time":"2000-01-01","year":"all","v":3}`},
			says: []string{"No column is a time", `year is not taken for the time, as 2 of 3 rows have no time in it, the first "Total" in `, `--time-column "year" --skip-bad`}},
		{name: "zones by letters", files: []string{"time,v\n2024-01-01 10:00 CST,1\n2024-01-01 10:00 GMT,2\n"}, want: []string{`{"__time":"2024-01-01T10:00:00","v":2}`, `{"__time":"2024-01-01T16:00:00","v":1}`},
			says: []string{"time: once a zone of letters that mean another one elsewhere, taken for that of the United States (--time-zone CST=Asia/Shanghai says otherwise), the first \"2024-01-01 10:00 CST\" in "}},
		{name: "a log of a web server", files: []string{"when;v\n[10/Oct/2023:13:55:36 +0200];1\n"}, want: []string{`{"__time":"2023-10-10T11:55:36","v":1}`}},
		{name: "other ways to write times", files: []string{"time;v\n1 janvier 2024;1\n2024/01/15 10h15;2\n20240115T101500Z;3\n"}, want: []string{`{"__time":"2024-01-01","v":1}`, `{"__time":"2024-01-15T10:15:00","v":2}`, `{"__time":"2024-01-15T10:15:00","v":3}`}},
		{name: "months of a language that is not read", files: []string{"data;v\n1 stycznia 2024;1\n"}, want: []string{`{"__time":"2000-01-01","data":"1 stycznia 2024","v":1}`}, says: []string{"No column is a time"}},
		{name: "months of a language that is not read, under a name that says so", files: []string{"date;v\n1 stycznia 2024;1\n"}, code: 1, says: []string{`date, which is named like one, cannot be read: the first value is "1 stycznia 2024" in `}},
		{name: "dates in two orders", files: []string{"date,v\n13/02/2024,1\n14/02/2024,1\n02/15/2024,2\n"}, code: 1, says: []string{`line 4, column date: "02/15/2024" is no time as dd/MM/yyyy, as which others are read`}},
		{name: "a format that most values have", files: []string{"date,v\n01.02.2024,1\n13.02.2024,2\nsoon,3\n"}, flags: []string{"--time-format", "dd.MM.yyyy"}, code: 1, says: []string{`line 4, column date: "soon" is no time`}},
		{name: "months with a point", files: []string{"month,v\n2024.01,1\n2024.10,2\n"}, want: []string{`{"__time":"2024-01-01","v":1}`, `{"__time":"2024-10-01","v":2}`}},
		{name: "months with a point of which one lost a zero", files: []string{"month,v\n2024.01,1\n2024.02,1\n2024.1,2\n"}, code: 1, says: []string{`line 4, column month: "2024.1" is no time`}},
		{name: "a time of all and the first of none", files: []string{"date,v\n0001-01-01,1\n9999-12-31,2\n"}, want: []string{`{"__time":"0001-01-01","v":1}`, `{"__time":"9999-12-31","v":2}`}},
		{name: "local times", files: []string{"time,v\n2024-01-01 10:00,1\n2024-07-01T10:00:00Z,2\n2024-03-31 02:30,3\n"}, flags: []string{"--time-zone", "Europe/Berlin"},
			want: []string{`{"__time":"2024-01-01T09:00:00","v":1}`, `{"__time":"2024-03-31T01:30:00","v":3}`, `{"__time":"2024-07-01T10:00:00","v":2}`}, says: []string{"that the clocks of Europe/Berlin skip"}},
		{name: "local times in a format", files: []string{"time,v\n01/02/2024 10:00,1\n"}, flags: []string{"--time-zone", "Europe/Berlin", "--time-format", "DD/MM/YYYY hh:mm"}, want: []string{`{"__time":"2024-02-01T09:00:00","v":1}`}},
		{name: "zones in the values", files: []string{"time,v\n2024-01-15T10:20:30+01:00[Europe/Paris],1\n2024-01-15T10:20:30+01,2\n"}, want: []string{`{"__time":"2024-01-15T09:20:30","v":1}`, `{"__time":"2024-01-15T09:20:30","v":2}`}},
		{name: "a zone that nobody knows", files: []string{"time,v\n2024-01-15 10:20:30 XYZ,1\n"}, code: 2, says: []string{`zone that is not known: "2024-01-15 10:20:30 XYZ"`}},
		{name: "years", files: []string{"year,v\n1952,1\n2007,2\n"}, want: []string{`{"__time":"1952-01-01","v":1}`, `{"__time":"2007-01-01","v":2}`}},
		{name: "no time in one row", files: []string{"time,v\n2024-01-01,1\n,2\n"}, code: 1, says: []string{"line 3, column time: has no time", "--time 2024-01-01"}},
		{name: "a date that may be empty", files: []string{"rec_id,name,date_of_birth\n1,Ann,19800101\n2,Bob,\n3,Cid,19900505\n"}, code: 1, says: []string{"line 3, column date_of_birth: has no time\n--time 2024-01-01 gives all rows the same time, so that date_of_birth is a column that may be empty"}},
		{name: "no time in one object", files: []string{`{"time":"2024-01-01","v":1}` + "\n" + `{"v":2}`}, code: 1, says: []string{"line 2, column time: has no time"}},
		{name: "days and months", files: []string{"date,v\n03/04/2021,1\n"}, code: 2, says: []string{`--time-format "MM/dd/yyyy" or "dd/MM/yyyy"`}},
		{name: "a year that one row lacks, and a month", files: []string{"year,month,v\n1999,2024-01,1\n1999,2024-02,1\n,2024-03,2\n"},
			want: []string{`{"__time":"2024-01-01","year":1999,"v":1}`, `{"__time":"2024-02-01","year":1999,"v":1}`, `{"__time":"2024-03-01","year":null,"v":2}`}, says: []string{"year is not taken for the time"}},
		{name: "a time that is usually not given, and leave to leave out", files: []string{"date,v\n2024-01-01,1\n2024-01-01,2\n,3\n"}, flags: []string{"--skip-bad"}, want: []string{`{"__time":"2024-01-01","v":1}`, `{"__time":"2024-01-01","v":2}`}, says: []string{"Left out: 1 row"}},
		{name: "a time that is dropped", files: []string{"time,v\n2024-01-01,1\n"}, flags: []string{"--drop", "time"}, want: []string{`{"__time":"2000-01-01","v":1}`}, says: []string{"No column is a time"}},
		{name: "a name of few words", files: []string{"lifetime,candidate,v\n1705313472,20240115,1\n"}, want: []string{`{"__time":"2000-01-01","lifetime":1705313472,"candidate":20240115,"v":1}`}},
	})
}

// Times in a format that is told are stored as they are read, whatever Druid makes of what stands in the file.
func TestIngestKeepsTimesOfAFormat(t *testing.T) {
	t.Parallel()
	const year = "once a year of two digits, which is taken for one from "
	tryAll(t, []ingestion{
		{name: "fractions of JSON", files: []string{`{"ts":1704067200.999,"a":1}` + "\n" + `{"ts":1704067260.25,"a":2}` + "\n"}, flags: []string{"--time-column", "ts", "--time-format", "posix"},
			want: []string{`{"__time":"2024-01-01T00:00:00.999Z","a":1}`, `{"__time":"2024-01-01T00:01:00.250Z","a":2}`}, says: []string{"Druid does not read times as they are written in ts"}},
		{name: "before 1970", files: []string{`{"ts":-0.5,"a":1}` + "\n"}, flags: []string{"--time-column", "ts", "--time-format", "posix"}, want: []string{`{"__time":"1969-12-31T23:59:59.500Z","a":1}`}},
		{name: "fractions of text", files: []string{"ts,a\n1704067200.5,1\n1704067201,2\n1704067202.,3\n-5.5,4\n"}, flags: []string{"--time-column", "ts", "--time-format", "posix"},
			want: []string{`{"__time":"1969-12-31T23:59:54.500Z","a":4}`, `{"__time":"2024-01-01T00:00:00.500Z","a":1}`, `{"__time":"2024-01-01T00:00:01","a":2}`, `{"__time":"2024-01-01T00:00:02","a":3}`}},
		{name: "fractions of milliseconds", files: []string{"ts,a\n1704067200000.7,1\n1704067200000.0,2\n"}, flags: []string{"--time-column", "ts", "--time-format", "millis", "--skip-bad"},
			want: []string{`{"__time":"2024-01-01","a":1}`, `{"__time":"2024-01-01","a":2}`}, says: []string{"once digits below a millisecond"}},
		{name: "fractions in texts of JSON", files: []string{`{"ts":"1704067200.999","a":1}` + "\n"}, flags: []string{"--time-column", "ts", "--time-format", "posix"}, want: []string{`{"__time":"2024-01-01T00:00:00.999Z","a":1}`}},
		{name: "blanks before numbers", files: []string{"ts,a\n 1704067200000,1\n1704067201000,2\n"}, flags: []string{"--time-column", "ts", "--time-format", "auto"}, want: []string{`{"__time":"2024-01-01","a":1}`, `{"__time":"2024-01-01T00:00:01","a":2}`}},
		{name: "days of a spreadsheet as seconds", files: []string{"ts,a\n45292,1\n45293.5,2\n"}, flags: []string{"--time-column", "ts", "--time-format", "posix"}, want: []string{`{"__time":"1970-01-01T12:34:52","a":1}`, `{"__time":"1970-01-01T12:34:53.500Z","a":2}`},
			says: []string{"a number that is a time of 1970 as --time-format posix has it; the days of a spreadsheet excel"}},
		{name: "two digits of a year", files: []string{"t,v\n13/2/68,1\n14/3/2045,2\n"}, flags: []string{"--time-format", "d/M/yy"}, want: []string{`{"__time":"1968-02-13","v":1}`, `{"__time":"2045-03-14","v":2}`}, says: []string{year}},
		{name: "a year as it stands", files: []string{"t,v\n1.1.24,1\n1.2.2024,2\n"}, flags: []string{"--time-format", "d.M.yyyy"}, want: []string{`{"__time":"0024-01-01","v":1}`, `{"__time":"2024-02-01","v":2}`}, says: []string{`once a year of fewer than four digits, which is taken as it stands`, `the first "1.1.24"`}},
		{name: "a digit is lost", files: []string{"t,v\n20240110,1\n2024011,2\n"}, flags: []string{"--time-format", "yyyyMMdd"}, code: 1, says: []string{`column t: "2024011" is no time`}},
	})
}

// A date and a time of day in columns of their own, or a year, a month and a day, are one time; the columns stay.
func TestIngestJoinsColumnsToTheTime(t *testing.T) {
	t.Parallel()
	tryAll(t, []ingestion{
		{name: "date and time", files: []string{"Date,Time,v\n2024-03-01,10:15,1\n2024-03-02,23:59:59.5,2\n"},
			want: []string{`{"__time":"2024-03-01T10:15:00","Date":"2024-03-01","Time":"10:15","v":1}`, `{"__time":"2024-03-02T23:59:59.500Z","Date":"2024-03-02","Time":"23:59:59.5","v":2}`},
			says: []string{"column Date + Time", `The time is that of Date + Time together. --time-column "Date" takes it from that column alone`}},
		{name: "date and time in another order", files: []string{"Uhrzeit;Datum\n10:15;13.02.2024\n3:59 PM;14.02.2024\n"}, want: []string{`{"__time":"2024-02-13T10:15:00","Uhrzeit":"10:15","Datum":"13.02.2024"}`, `{"__time":"2024-02-14T15:59:00","Uhrzeit":"3:59 PM","Datum":"14.02.2024"}`}},
		{name: "date and time without names", files: []string{"2024-03-01,10:15:00,5.5\n2024-03-02,10:16:00,6.5\n"}, flags: []string{"--no-header"},
			want: []string{`{"__time":"2024-03-01T10:15:00","column_1":"2024-03-01","column_2":"10:15:00","column_3":5.5}`, `{"__time":"2024-03-02T10:16:00","column_1":"2024-03-02","column_2":"10:16:00","column_3":6.5}`}},
		{name: "JSON", files: []string{`{"date":"2024-01-05","time":"10:15"}` + "\n" + `{"time":"11:15","date":"2024-01-06"}`}, want: []string{`{"__time":"2024-01-05T10:15:00","date":"2024-01-05","time":"10:15"}`, `{"__time":"2024-01-06T11:15:00","date":"2024-01-06","time":"11:15"}`}},
		{name: "the date alone, as asked for", files: []string{"Date,Time\n2024-03-01,10:15\n"}, flags: []string{"--time-column", "Date"}, want: []string{`{"__time":"2024-03-01","Time":"10:15"}`}},
		{name: "local times", files: []string{"Date,Time\n2024-03-31,02:15\n2024-03-31,12:15\n"}, flags: []string{"--time-zone", "Europe/Berlin"},
			want: []string{`{"__time":"2024-03-31T01:15:00","Date":"2024-03-31","Time":"02:15"}`, `{"__time":"2024-03-31T10:15:00","Date":"2024-03-31","Time":"12:15"}`}, says: []string{"Date + Time: once a time that the clocks of Europe/Berlin skip"}},
		{name: "days and months", files: []string{"Date,Time\n03/04/2024,10:15\n"}, code: 2, says: []string{`column "Date + Time" holds times like 03/04/2024 10:15`, `choose with --time-format "MM/dd/yyyy" or "dd/MM/yyyy"`}},
		{name: "days and months, told", files: []string{"Date,Time\n03/04/2024,10:15\n"}, flags: []string{"--time-format", "dd/MM/yyyy"}, want: []string{`{"__time":"2024-04-03T10:15:00","Date":"03/04/2024","Time":"10:15"}`}},
		{name: "one format for both", files: []string{"Date,Time\n03/04/2024,10.15\n"}, flags: []string{"--time-column", "Date+Time", "--time-format", "dd/MM/yyyy HH.mm"}, want: []string{`{"__time":"2024-04-03T10:15:00","Date":"03/04/2024","Time":10.15}`}},
		{name: "the start and the end", files: []string{"start_date,start_time,end_date,end_time\n2024-03-01,10:15,2024-03-02,11:15\n"}, want: []string{`{"__time":"2024-03-01T10:15:00","start_date":"2024-03-01","start_time":"10:15","end_date":"2024-03-02","end_time":"11:15"}`}},
		{name: "a row without a time of day", files: []string{"date,time\n2024-03-01,10:15\n2024-03-02,\n"}, want: []string{`{"__time":"2024-03-01","time":"10:15"}`, `{"__time":"2024-03-02","time":null}`},
			says: []string{"The time is that of date alone: of date + time together, 1 of 2 rows has nothing in it", `--time-column "date + time" --skip-bad`}},
		{name: "a row without a time of day, left out", files: []string{"date,time\n2024-03-01,10:15\n2024-03-02,\n"}, flags: []string{"--time-column", "date + time", "--skip-bad"}, want: []string{`{"__time":"2024-03-01T10:15:00","date":"2024-03-01","time":"10:15"}`}, says: []string{"column date + time: has no time"}},
		{name: "two times of day", files: []string{"date,dep_time,arr_time\n2024-03-01,10:15,11:15\n"}, want: []string{`{"__time":"2024-03-01","dep_time":"10:15","arr_time":"11:15"}`}, says: []string{`Times of day are not in the time: dep_time ("10:15"), arr_time ("11:15")`, `--time-column "date + dep_time"`}},
		{name: "date and hour", files: []string{"date,hour\n2024-03-01,0\n2024-03-01,24\n"}, want: []string{`{"__time":"2024-03-01","date":"2024-03-01","hour":0}`, `{"__time":"2024-03-02","date":"2024-03-01","hour":24}`}},
		{name: "year to minute", files: []string{"year,month,day,hour,minute,v\n2024,1,5,7,3,1\n2024,12,31,23,59,2\n"},
			want: []string{`{"__time":"2024-01-05T07:03:00","year":2024,"month":1,"day":5,"hour":7,"minute":3,"v":1}`, `{"__time":"2024-12-31T23:59:00","year":2024,"month":12,"day":31,"hour":23,"minute":59,"v":2}`}},
		{name: "month and year", files: []string{"Month,Year\nJanuary,2024\nDec,2024\n"}, want: []string{`{"__time":"2024-01-01","Month":"January","Year":2024}`, `{"__time":"2024-12-01","Month":"Dec","Year":2024}`}},
		{name: "quarters", files: []string{"Year,Quarter\n2024,Q1\n2024,4\n"}, want: []string{`{"__time":"2024-01-01","Year":2024,"Quarter":"Q1"}`, `{"__time":"2024-10-01","Year":2024,"Quarter":"4"}`}},
		{name: "a day that there is not", files: []string{"year,month,day\n2024,2,29\n2024,2,30\n"}, want: []string{`{"__time":"2024-02-01","year":2024,"month":2,"day":29}`, `{"__time":"2024-02-01","year":2024,"month":2,"day":30}`}, says: []string{"of year + month + day together, 1 of 2 rows has no time in it, the first \"2024-02-30\" in ", "line 3"}},
		{name: "flights", files: []string{"year,month,day,dep_time,hour,minute,time_hour\n2013,1,1,517,5,15,2013-01-01T10:00:00Z\n2013,1,1,NA,5,15,2013-01-01T10:00:00Z\n"},
			want: []string{`{"__time":"2013-01-01T10:00:00","year":2013,"month":1,"day":1,"dep_time":517,"hour":5,"minute":15}`, `{"__time":"2013-01-01T10:00:00","year":2013,"month":1,"day":1,"dep_time":null,"hour":5,"minute":15}`}},
		{name: "year, month, day and time", files: []string{"Year,Month,Day,Time\n2024,1,5,10:15\n"}, want: []string{`{"__time":"2024-01-05T10:15:00","Year":2024,"Month":1,"Day":5,"Time":"10:15"}`}},
		{name: "days and fractions of a spreadsheet", files: []string{"Date,Time\n45292,0.5\n45293,0\n"}, flags: []string{"--time-format", "excel"}, want: []string{`{"__time":"2024-01-01T12:00:00","Date":45292,"Time":0.5}`, `{"__time":"2024-01-02","Date":45293,"Time":0.0}`}},
		{name: "digits of a time of day", files: []string{"date,time\n2024-01-05,1015\n2024-01-06,0930\n"}, want: []string{`{"__time":"2024-01-05","time":"1015"}`, `{"__time":"2024-01-06","time":"0930"}`},
			says: []string{`time holds numbers, which are not in the time`, `--time-column "date + time" --time-format "yyyy-MM-dd HHmm"`}},
		{name: "digits of a time of day, told", files: []string{"date,time\n2024-01-05,1015\n2024-01-06,0930\n"}, flags: []string{"--time-column", "date + time", "--time-format", "yyyy-MM-dd HHmm"}, want: []string{`{"__time":"2024-01-05T10:15:00","date":"2024-01-05","time":"1015"}`, `{"__time":"2024-01-06T09:30:00","date":"2024-01-06","time":"0930"}`}},
		{name: "a zone beside", files: []string{"date,time,tz\n2024-01-05,10:15,CET\n"}, want: []string{`{"__time":"2024-01-05T10:15:00","date":"2024-01-05","time":"10:15","tz":"CET"}`}, says: []string{`tz ("CET") seems to say of which zone the times are; they are taken for UTC. --time-column "date + time + tz"`}},
		{name: "a zone beside, joined", files: []string{"ts,tz\n2024-01-05 10:15,Europe/Berlin\n2024-01-05 10:15,America/New_York\n"}, flags: []string{"--time-column", "ts + tz"}, want: []string{`{"__time":"2024-01-05T09:15:00","ts":"2024-01-05 10:15","tz":"Europe/Berlin"}`, `{"__time":"2024-01-05T15:15:00","ts":"2024-01-05 10:15","tz":"America/New_York"}`}},
		{name: "a date and times that are no clock's", files: []string{"date,time\n2024-03-01,31.5\n"}, want: []string{`{"__time":"2024-03-01","time":31.5}`}},
	})
}

// What times are written as in spreadsheets, in other languages and in digits is read, or refused with what reads it.
func TestIngestReadsTimesAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	rows := func(times ...string) (want []string) {
		for _, at := range times {
			want = append(want, `{"__time":"`+at+`","v":1}`)
		}
		return want
	}
	file := func(name string, values ...string) []string {
		return []string{name + ";v\n" + strings.Join(values, ";1\n") + ";1\n"}
	}
	tryAll(t, []ingestion{
		{name: "days of a spreadsheet", files: file("date", "45292", "45292.5"), code: 1, says: []string{"As the day number of a spreadsheet, 45292 is 2024-01-01: --time-format excel takes it so"}},
		{name: "days of a spreadsheet in a column that is named", files: file("date", "45292", "45292.5"), flags: []string{"--time-column", "date"}, code: 2, says: []string{"45292 is 2024-01-01: --time-format excel"}},
		{name: "days of a spreadsheet, told", files: file("date", "1", "59", "61", "45292.4340277778", "2958465"), flags: []string{"--time-format", "excel"}, want: rows("1900-01-01", "1900-02-28", "1900-03-01", "2024-01-01T10:25:00", "9999-12-31")},
		{name: "local days of a spreadsheet", files: file("date", "45292.5"), flags: []string{"--time-format", "excel", "--time-zone", "Europe/Berlin"}, want: rows("2024-01-01T11:00:00")},
		{name: "a day of a spreadsheet that there was not", files: file("date", "60", "45292"), flags: []string{"--time-format", "excel"}, code: 1, says: []string{`line 2, column date: "60" is no time`}},
		{name: "days of a spreadsheet as milliseconds", files: file("date", "45292"), flags: []string{"--time-format", "auto"}, want: rows("1970-01-01T00:00:45.292Z"), says: []string{"date: once a number that is a time of 1970 as --time-format auto has it; seconds are posix, the days of a spreadsheet excel"}},
		{name: "days of a spreadsheet as years", files: file("date", "45292"), flags: []string{"--time-format", "iso"}, code: 2, says: []string{"--time-format excel"}},
		{name: "digits of a date as a year", files: file("date", "20240105"), flags: []string{"--time-format", "iso"}, code: 2, says: []string{"--time-format yyyyMMdd"}},

		{name: "weekdays of other languages", files: file("date", "vendredi 1 mars 2024", "Mo, 15. Januar 2024", "quarta-feira, 3 de janeiro de 2024", "Viernes 2 de febrero de 2024"), want: rows("2024-01-03", "2024-01-15", "2024-02-02", "2024-03-01")},
		{name: "weekdays of other languages in a pattern", files: file("date", "vendredi 1 mars 2024"), flags: []string{"--time-format", "EEEE d MMMM yyyy"}, code: 2, says: []string{`Column date holds "vendredi 1 mars 2024" (`, `Without --time-format, "vendredi 1 mars 2024" is read as 2024-03-01. In a pattern, names of months and weekdays are English.`}},
		{name: "Japanese, Chinese and Korean dates", files: file("日付", "2024年1月5日", "2024年01月06日 10時11分12秒", "2024年1月7日10:15", "２０２４／０１／０８　１０：１５", "2024년 1월 9일"), want: rows("2024-01-05", "2024-01-06T10:11:12", "2024-01-07T10:15:00", "2024-01-08T10:15:00", "2024-01-09")},
		{name: "an era", files: file("日付", "令和6年1月5日"), code: 1, says: []string{`日付, which is named like one, cannot be read: the first value is "令和6年1月5日"`}},
		{name: "digits of another script", files: file("التاريخ", "٢٠٢٤-٠١-٠٥"), code: 1, says: []string{`cannot be read: the first value is "٢٠٢٤-٠١-٠٥"`}},
		{name: "months in Russian", files: file("дата", "5 января 2024"), code: 1, says: []string{`дата, which is named like one, cannot be read: the first value is "5 января 2024"`}},

		{name: "seconds and milliseconds under a name that says nothing", files: file("x", "1704067200", "1704067260000"), want: []string{`{"__time":"2000-01-01","x":1704067200,"v":1}`, `{"__time":"2000-01-01","x":1704067260000,"v":1}`},
			says: []string{`x could be times, but of unlike units: "1704067200" in `, "line 2 are seconds since 1970, and \"1704067260000\" in ", "line 3 are milliseconds"}},
		{name: "seconds under a name that says nothing", files: file("x", "1704067200"), want: []string{`{"__time":"2000-01-01","x":1704067200,"v":1}`}, says: []string{"Could be times: x (seconds since 1970). --time-column NAME takes one"}},
		{name: "years among dates", files: file("withdrawal_date", "1977", "1978", "1990-08-14"), want: rows("1977-01-01", "1978-01-01", "1990-08-14"), says: []string{"withdrawal_date: 2 times a year alone, which is taken for the first of January"}},
		{name: "years among dates under a name that says nothing", files: file("x", "1977", "1978", "1990-08-14"), want: []string{`{"__time":"2000-01-01","x":"1977","v":1}`, `{"__time":"2000-01-01","x":"1978","v":1}`, `{"__time":"2000-01-01","x":"1990-08-14","v":1}`}, says: []string{"Could be times: x (dates and years)"}},

		{name: "a zone of several meanings", files: file("time", "2024-01-01 10:00 IST"), code: 2, says: []string{`zone that is not known: "2024-01-01 10:00 IST"`, "--time-zone IST=Asia/Kolkata"}},
		{name: "a zone of several meanings among others", files: file("time", "2024-01-01 10:00 UTC", "2024-01-01 10:00 IST"), code: 1, says: []string{`line 3, column time: "2024-01-01 10:00 IST" has a time zone that is not known; --time-zone IST=Asia/Kolkata`}},
		{name: "zones of several meanings, told", files: file("time", "2024-01-01 10:00 IST", "2024-01-01 10:00 CST", "2024-01-01 10:00"), flags: []string{"--time-zone", "Europe/Berlin,IST=+02:00", "--time-zone", "CST=Asia/Shanghai"},
			want: rows("2024-01-01T02:00:00", "2024-01-01T08:00:00", "2024-01-01T09:00:00")},
		{name: "letters of no zone", files: file("time", "2024-01-01 10:00 IST"), flags: []string{"--time-zone", "IST=Mars"}, code: 2, says: []string{"IST=Mars must be the letters of a zone and where it is, such as IST=Asia/Kolkata"}},

		{name: "ordinal dates, weeks and quarters", files: file("period", "2024-060", "2024-W05-1", "Q3 2024", "2024-Q4", "2024M02", "1/2023"), want: rows("2023-01-01", "2024-01-29", "2024-02-01", "2024-02-29", "2024-07-01", "2024-10-01")},
		{name: "the end of a day", files: file("time", "2024-01-05T24:00:00", "2024-01-05 10:11:12 PM", "20240105T101112Z"), want: rows("2024-01-05T10:11:12", "2024-01-05T22:11:12", "2024-01-06")},
		{name: "a leap second", files: file("time", "2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"), code: 1, says: []string{`line 2, column time: "2016-12-31T23:59:60Z" is a leap second`}},
		{name: "before 1970", files: file("ts", "-86400"), code: 1, says: []string{`the first value is "-86400"`, "posix"}},
		{name: "before 1970, told", files: file("ts", "-86400"), flags: []string{"--time-format", "posix"}, want: rows("1969-12-31")},
		{name: "a time of the day alone", files: file("time", "10:15"), code: 1, says: []string{"10:15 is a time of day without a date: --time 2024-01-01"}},
		{name: "a month and a year or a day", files: file("date", "Jan-24"), code: 1, says: []string{"Jan-24 is a month and a year with --time-format MMM-yy"}},
		{name: "a month and a year, told", files: file("date", "Jan-24"), flags: []string{"--time-format", "MMM-yy"}, want: rows("2024-01-01")},
		{name: "years that end elsewhere", files: file("year", "FY2024", "2023/24"), want: []string{`{"__time":"2000-01-01","year":"2023/24","v":1}`, `{"__time":"2000-01-01","year":"FY2024","v":1}`}, says: []string{`Named like a time, but not read as one: year ("FY2024")`}},
		{name: "seasons", files: file("year", "2001-02", "2002-03"), code: 2, says: []string{`column "year" holds values like "2001-02"`, "--time-format yyyy-MM takes them for months"}},
		{name: "six digits", files: file("date", "060105", "990105"), want: rows("1999-01-05", "2006-01-05"), says: []string{"date: digits like 240115 are taken for days (yyMMdd)"}},
		{name: "six digits of several meanings", files: file("date", "200101", "200201"), code: 2, says: []string{"can be read as months (yyyyMM) or as days (yyMMdd or ddMMyy)"}},
		{name: "six digits of months", files: file("month", "200101", "200201"), want: rows("2001-01-01", "2002-01-01")},
		{name: "four digits that are hardly years", files: file("date", "1231", "1130"), want: []string{`{"__time":"2000-01-01","date":1130,"v":1}`, `{"__time":"2000-01-01","date":1231,"v":1}`}, says: []string{"Named like a time, but not read as one: date (numbers)"}},
	})
}
