package client_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"ovate"
	"ovate/client"
)

// serve starts an Overlord of its own for an example; any other will do, Druid's included.
func serve(ctx context.Context) (address string, stop func()) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	config, err := ovate.Configure(map[string]string{"ovate.data": dir, "ovate.listen": "127.0.0.1:0"})
	if err != nil {
		log.Fatal(err)
	}
	server, err := ovate.New(context.Background(), ovate.Options{Config: config})
	if err != nil {
		log.Fatal(err)
	}
	if err := server.Start(ctx); err != nil {
		log.Fatal(err)
	}
	return "http://" + server.Addr(), func() {
		if err := server.Stop(ctx); err != nil {
			log.Print(err)
		}
		os.RemoveAll(dir)
	}
}

const task = `{
  "type": "index_parallel", "id": "load-cities",
  "spec": {
    "dataSchema": {
      "dataSource": "cities",
      "timestampSpec": {"column": "time", "format": "iso"},
      "dimensionsSpec": {"dimensions": ["city"]},
      "granularitySpec": {"segmentGranularity": "DAY"}
    },
    "ioConfig": {
      "type": "index_parallel",
      "inputSource": {"type": "inline", "data": "{\"time\":\"2026-01-01\",\"city\":\"Oslo\"}\n{\"time\":\"2026-01-02\",\"city\":\"Lyon\"}"},
      "inputFormat": {"type": "json"}
    }
  }
}`

// A task is submitted, waited for, and asked what it did.
func Example() {
	ctx := context.Background()
	address, stop := serve(ctx)
	defer stop()
	overlord, err := client.New(address)
	if err != nil {
		log.Fatal(err)
	}
	id, err := overlord.Submit(ctx, []byte(task))
	if err != nil {
		log.Fatal(err)
	}
	status, err := overlord.Wait(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	report, err := overlord.Ingestion(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(id, status.State, report.Rows.Processed, "rows", report.SegmentsPublished, "segments")
	// Output: load-cities SUCCESS 2 rows 2 segments
}

// Lists take the filters of the Tasks API.
func ExampleClient_Tasks() {
	ctx := context.Background()
	address, stop := serve(ctx)
	defer stop()
	overlord, err := client.New(address)
	if err != nil {
		log.Fatal(err)
	}
	id, err := overlord.Submit(ctx, []byte(`{"type":"noop","id":"nothing-to-do","runTime":1}`))
	if err == nil {
		_, err = overlord.Wait(ctx, id)
	}
	if err != nil {
		log.Fatal(err)
	}
	tasks, err := overlord.Tasks(ctx, client.Filter{State: "complete", Type: "noop"})
	if err != nil {
		log.Fatal(err)
	}
	for _, t := range tasks {
		fmt.Println(t.ID, t.State)
	}
	// Output: nothing-to-do SUCCESS
}
