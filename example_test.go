package ovate_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"ovate"
	"ovate/client"
)

// A server within a program, and a task that it runs.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "ovate")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	config, err := ovate.Configure(map[string]string{"ovate.data": dir, "ovate.listen": "127.0.0.1:0", "druid.worker.capacity": "4"})
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
	defer server.Stop(ctx)

	overlord, err := client.New("http://" + server.Addr())
	if err != nil {
		log.Fatal(err)
	}
	id, err := overlord.Submit(ctx, []byte(`{"type":"noop","id":"hello","runTime":1}`))
	if err != nil {
		log.Fatal(err)
	}
	status, err := overlord.Wait(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(status.ID, status.State)
	// Output: hello SUCCESS
}
