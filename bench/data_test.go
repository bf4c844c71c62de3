package main

import (
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/task"
)

func TestFlightsThreeTimesOver(t *testing.T) {
	t.Parallel()
	table := []byte("year,arr_delay,carrier,tailnum,time_hour\n2013,-11,9E,NA,2013-01-01T10:00:00Z\n2013,NA,UA,N14228,2013-01-01T11:00:00Z\n")
	var csv, json strings.Builder
	if err := writeCSV(&csv, table); err != nil {
		t.Fatal(err)
	}
	if err := writeJSON(&json, table); err != nil {
		t.Fatal(err)
	}
	header, rows, _ := strings.Cut(string(table), "\n")
	if want := header + "\n" + strings.Repeat(rows, 3); csv.String() != want {
		t.Errorf("CSV:\n%s", csv.String())
	}
	want := strings.Repeat(`{"year":2013,"arr_delay":-11,"carrier":"9E","tailnum":null,"time_hour":"2013-01-01T10:00:00Z"}
{"year":2013,"arr_delay":null,"carrier":"UA","tailnum":"N14228","time_hour":"2013-01-01T11:00:00Z"}
`, 3)
	if json.String() != want {
		t.Errorf("JSON:\n%s", json.String())
	}
}

// Each spec is one that the server takes.
func TestSpecs(t *testing.T) {
	t.Parallel()
	for _, i := range ingestions {
		s, err := loadSpec(i.spec, "flights", "/data")
		if err != nil {
			t.Fatal(err)
		}
		s.set(bound, "spec", "tuningConfig", "maxBytesInMemory")
		decoded, err := task.Decode(s.text(), druid.Now())
		if err != nil {
			t.Fatalf("%s: %v", i.spec, err)
		}
		if h := decoded.Header(); h.DataSource != "flights" || !strings.Contains(string(decoded.AppendJSON(nil)), `"baseDir":"/data"`) {
			t.Errorf("%s is a task for %s: %s", i.spec, h.DataSource, decoded.AppendJSON(nil))
		}
	}
}

// What is put straight into the metadata is what the server would have put there itself.
func TestFilledPayload(t *testing.T) {
	t.Parallel()
	row := (&tasks{count: 3, state: druid.Running, sources: 2}).row(1, druid.Now())
	decoded, err := task.Decode(row.Payload, druid.Now())
	if err != nil {
		t.Fatal(err)
	}
	if got := decoded.AppendJSON(nil); string(got) != string(row.Payload) {
		t.Errorf("the server would write\n%s and not\n%s", got, row.Payload)
	}
}
