package cli

import "testing"

// The time of a row is what the file says, or what the caller says: all rows get the same only where no column looks like a time.
func TestIngestFindsTheTime(t *testing.T) {
	t.Parallel()
	tryAll(t, []ingestion{
		{name: "a total below the times", files: []string{"time,v\n2024-01-01,1\n2024-01-02,2\nTotal,3\n"}, code: 1,
			says: []string{"nothing was ingested", `line 4, column time: "Total" is no time`, "--skip-bad", "--time-format", "--time-column NAME", "--time 2024-01-01"}},
		{name: "a total below the times, left out", files: []string{"time,v\n2024-01-01,1\n2024-01-02,2\nTotal,3\n"}, flags: []string{"--skip-bad"},
			want: []string{`{"__time":"2024-01-01","v":1}`, `{"__time":"2024-01-02","v":2}`}, says: []string{"Left out: 1 row", `"Total" is no time`}},
		{name: "a day that there is not", files: []string{"time,v\n2024-01-01,1\n2024-02-30,3\n2024-02-31,4\n"}, code: 1, says: []string{"no column is a time in all rows, and time,", `2 of 3 rows, the first "2024-02-30" in `, "line 3", "--skip-bad", "--time-column NAME", "--time 2024-01-01", "--time-format"}},
		{name: "a day that there is not, among others", files: []string{`{"created_at":"2024-01-01"}` + "\n" + `{"created_at":"2024-01-05"}` + "\n" + `{"created_at":"2024-02-30"}`}, code: 1, says: []string{`line 3, column created_at: "2024-02-30" is no time`}},
		{name: "times under a name that does not say so", files: []string{"born,v\n2024-01-01,1\n2024-01-02,2\nunknown,3\n"}, code: 1, says: []string{`line 4, column born: "unknown" is no time`, "--time 2024-01-01"}},
		{name: "days since 1900", files: []string{"date,v\n45306,1\n45307,2\n"}, code: 1, says: []string{"no column is a time", `date, which is named like one, cannot be read: the first value is "45306" in `, "line 2", "--time-format FORMAT", "--skip-bad", "--time-column NAME", "--time 2024-01-01"}},
		{name: "a pattern that nobody knows", files: []string{"v,timestamp\n1,2024|01|15\n2,2024|01|16\n"}, code: 1, says: []string{`timestamp, which is named like one, cannot be read: the first value is "2024|01|15" in `, "line 2"}},
		{name: "a time of the day alone", files: []string{"time,v\n10:20,1\n"}, code: 1, says: []string{`the first value is "10:20"`}},
		{name: "seconds since the start", files: []string{"Time,v\n0,1\n60,2\n"}, want: []string{`{"__time":"2000-01-01","Time":0,"v":1}`, `{"__time":"2000-01-01","Time":60,"v":2}`}, says: []string{"No column is a time"}},
		{name: "meals", files: []string{"time,v\nDinner,1\nLunch,2\n"}, want: []string{`{"__time":"2000-01-01","time":"Dinner","v":1}`, `{"__time":"2000-01-01","time":"Lunch","v":2}`}, says: []string{"No column is a time"}},
		{name: "a year beside a better time", files: []string{"year,timestamp,v\n2024,2024-01-01,1\n2024,2024-01-02,2\n2024,n.d.,3\n"}, code: 1, says: []string{`line 4, column timestamp: "n.d." is no time`}},
		{name: "a year beside a better time, which is left out", files: []string{"year,timestamp,v\n2024,2024-01-01,1\n2024,2024-01-02,2\n2024,n.d.,3\n"}, flags: []string{"--skip-bad"},
			want: []string{`{"__time":"2024-01-01","year":2024,"v":1}`, `{"__time":"2024-01-02","year":2024,"v":2}`}, says: []string{"Other columns could be the time as well: year", "Left out: 1 row"}},
		{name: "numbers since 1970 beside a better time", files: []string{"ts,date,v\n1700000000,2024-01-01,1\n1700000001,2024-01-02,2\n1700000002,none yet,3\n"}, code: 1, says: []string{`line 4, column date: "none yet" is no time`}},
		{name: "two times of which one is whole", files: []string{"timestamp,updated_at,v\n2024-01-01,2024-02-01,1\nsoon,2024-02-02,2\n2024-01-01,2024-02-02,2\n"},
			want: []string{`{"__time":"2024-02-01","timestamp":"2024-01-01","v":1}`, `{"__time":"2024-02-02","timestamp":"2024-01-01","v":2}`, `{"__time":"2024-02-02","timestamp":"soon","v":2}`},
			says: []string{`timestamp is not taken for the time, as 1 of 3 rows have none in it, the first "soon" in `, `--time-column "timestamp" --skip-bad`}},
		{name: "a year that one row lacks", files: []string{"year,v\n1999,1\n1999,1\nNA,2\n"}, code: 1, says: []string{"line 4, column year: has no time", "--time 2024-01-01"}},
		{name: "a time that is usually not given", files: []string{"delivery_date,v\n2024-01-01,1\n,1\n,2\n"}, code: 1, says: []string{"delivery_date, which looks like one, has none in 2 of 3 rows, which have nothing in it", `--time-column "delivery_date" --skip-bad`, "--time 2024-01-01"}},
		{name: "a time that is usually not given, and leave to leave out others", files: []string{"delivery_date,v\n2024-01-01,1\n,1\n,2\n"}, flags: []string{"--skip-bad"}, code: 1, says: []string{"has none in 2 of 3 rows"}},
		{name: "a time that is usually not given, and asked for", files: []string{"delivery_date,v\n2024-01-01,1\n,1\n,2\n"}, flags: []string{"--time-column", "delivery_date", "--skip-bad"}, want: []string{`{"__time":"2024-01-01","v":1}`}, says: []string{"Left out: 2 rows"}},
		{name: "milliseconds among seconds", files: []string{"ts,v\n1700000000,1\n1700000001,2\n1700000002000,3\n0,4\n"}, code: 1, says: []string{`line 4, column ts: "1700000002000" is no time between 1990 and 2100; --time-format posix takes any`, `line 5, column ts: "0"`}},
		{name: "days and months that another row tells apart", files: []string{"date,v\n01/02/2024,1\n13/02/2024,2\n"}, want: []string{`{"__time":"2024-02-01","v":1}`, `{"__time":"2024-02-13","v":2}`}},
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
		{name: "no time in one object", files: []string{`{"time":"2024-01-01","v":1}` + "\n" + `{"v":2}`}, code: 1, says: []string{"line 2, column time: has no time"}},
		{name: "days and months", files: []string{"date,v\n03/04/2021,1\n"}, code: 2, says: []string{`--time-format "MM/dd/yyyy" or "dd/MM/yyyy"`}},
		{name: "a year that one row lacks, and a month", files: []string{"year,month,v\n1999,2024-01,1\n1999,2024-02,1\n,2024-03,2\n"},
			want: []string{`{"__time":"2024-01-01","year":1999,"v":1}`, `{"__time":"2024-02-01","year":1999,"v":1}`, `{"__time":"2024-03-01","year":null,"v":2}`}, says: []string{"year is not taken for the time"}},
		{name: "a time that is usually not given, and leave to leave out", files: []string{"date,v\n2024-01-01,1\n2024-01-01,2\n,3\n"}, flags: []string{"--skip-bad"}, want: []string{`{"__time":"2024-01-01","v":1}`, `{"__time":"2024-01-01","v":2}`}, says: []string{"Left out: 1 row"}},
		{name: "a time that is dropped", files: []string{"time,v\n2024-01-01,1\n"}, flags: []string{"--drop", "time"}, want: []string{`{"__time":"2000-01-01","v":1}`}, says: []string{"No column is a time"}},
		{name: "a name of few words", files: []string{"lifetime,candidate,v\n1705313472,20240115,1\n"}, want: []string{`{"__time":"2000-01-01","lifetime":1705313472,"candidate":20240115,"v":1}`}},
	})
}
