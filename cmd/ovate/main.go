// Command ovate takes ingestion tasks, runs them and writes real Druid segments. `ovate --help` tells the rest.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"ovate/internal/cli"
)

func main() {
	end := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		end = append(end, syscall.SIGHUP)
	}
	ctx, release := signal.NotifyContext(context.Background(), end...)
	context.AfterFunc(ctx, release) // a second signal ends the process at once
	os.Exit(cli.Main(ctx, os.Args[1:], cli.Process()))
}
