package flights

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"io"
	"testing"
)

func TestDataIsWhatTheReadmeSays(t *testing.T) {
	t.Parallel()
	if len(Data) > 1_000_000 {
		t.Errorf("%d bytes", len(Data))
	}
	text, err := gzip.NewReader(bytes.NewReader(Data))
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(text)
	if err != nil || len(all) != Text {
		t.Fatal(len(all), err)
	}
	rows, err := csv.NewReader(bytes.NewReader(all)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1+27_004 || len(rows[0]) != 19 {
		t.Errorf("%d lines of %d columns", len(rows), len(rows[0]))
	}
}

func TestTaskReadsTheCopy(t *testing.T) {
	t.Parallel()
	text, err := Task(`/some "where"/x.csv.gz`)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Spec struct {
			DataSchema struct{ DataSource string }
			IOConfig   struct{ InputSource struct{ Files []string } }
		}
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if files := got.Spec.IOConfig.InputSource.Files; len(files) != 1 || files[0] != `/some "where"/x.csv.gz` || got.Spec.DataSchema.DataSource != DataSource {
		t.Errorf("%+v", got)
	}
}
