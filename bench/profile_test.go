package main

import (
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ovate"
	"ovate/bench/wire"
	"ovate/druid"
	"ovate/internal/config"
)

// The benchmarks of this file run the server in this process, to see with -cpuprofile where its time goes:
//
//	go test ./bench -run - -bench Submit -cpuprofile cpu.out && go tool pprof -top cpu.out

// serve starts a server in this process, with fill's tasks.
func serve(b *testing.B, fill *tasks) *target {
	dir := b.TempDir()
	if fill != nil {
		if err := fill.fillOvate(b.Context(), dir); err != nil {
			b.Fatal(err)
		}
	}
	return stopped(b, startServer(b, dir, map[string]string{"druid.worker.capacity": "2"}), dir)
}

// stopped has a server stop with the benchmark.
func stopped(b *testing.B, server *ovate.Server, dir string) *target {
	b.Cleanup(func() {
		if err := server.Stop(b.Context()); err != nil {
			b.Log(err) // the benchmark's context has ended
		}
	})
	return &target{side: ours, address: server.Addr(), segments: filepath.Join(dir, "segments")}
}

// startServer starts a server on a folder.
func startServer(b *testing.B, dir string, properties map[string]string) *ovate.Server {
	flags := []config.Setting{{Key: "ovate.data", Value: dir}, {Key: "ovate.listen", Value: "127.0.0.1:0"}}
	for key, value := range properties {
		flags = append(flags, config.Setting{Key: key, Value: value})
	}
	c, err := config.Load(config.Sources{Flags: flags})
	if err != nil {
		b.Fatal(err)
	}
	server, err := ovate.New(b.Context(), ovate.Options{Config: c, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), LimitMemory: true})
	if err != nil {
		b.Fatal(err)
	}
	if err := server.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	return server
}

func dial(b *testing.B, t *target) *wire.Conn {
	c, err := wire.Dial(b.Context(), t.address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	return c
}

// sendAll sends b.N requests with 8 clients.
func sendAll(b *testing.B, t *target, make func(i int) request) {
	b.ResetTimer()
	l, err := load{clients: 8, count: b.N, request: make}.run(b.Context(), t)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(l.rate(), "requests/s")
}

func BenchmarkSubmit(b *testing.B) {
	t := serve(b, nil)
	sendAll(b, t, func(i int) request {
		return request{"POST", api + "/task", noopTask(noopID("pend", i), "bench", hour)}
	})
}

func BenchmarkStatus(b *testing.B) {
	t := serve(b, &tasks{count: few, state: druid.Running, sources: 1})
	sendAll(b, t, func(i int) request {
		return request{"GET", api + "/task/" + noopID("fill", i*7919%few) + "/status", nil}
	})
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkCrowdStart starts a server that has to recover so many active tasks that nothing else counts.
func BenchmarkCrowdStart(b *testing.B) {
	fill, dir := &tasks{count: crowdSize, state: druid.Running, sources: 1}, b.TempDir()
	if err := fill.fillOvate(b.Context(), dir); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	used := time.Duration(0) // processor time, which says more than the clock where others use the machine, too
	for b.Loop() {
		before := processorTime(b)
		server := startServer(b, dir, nil)
		used += processorTime(b) - before
		b.StopTimer()
		if err := server.Stop(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(used.Milliseconds())/float64(b.N), "cpu-ms/op")
}

func BenchmarkFinishedList(b *testing.B) {
	listAll(b, serve(b, &tasks{count: finishedTasks, state: druid.Success, sources: 100}))
}

// listAll asks for the list of all tasks, and tells what that takes of processors, too.
func listAll(b *testing.B, t *target) {
	c := dial(b, t)
	b.ReportAllocs()
	before := processorTime(b)
	for b.Loop() {
		if _, err := ask(c, api+"/tasks"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processorTime(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
}

func BenchmarkNoop(b *testing.B) {
	t := serve(b, nil)
	c := dial(b, t)
	for i := 0; b.Loop(); i++ {
		if _, err := t.runTask(b.Context(), c, noopTask(noopID("once", i), "bench", 1)); err != nil {
			b.Fatal(err)
		}
	}
}

// benchLab is enough of a lab to fetch data.
func benchLab(b *testing.B) *lab {
	cache, err := cacheFolder()
	if err != nil {
		b.Fatal(err)
	}
	return &lab{cache: cache, dir: b.TempDir(), progress: b.Output()}
}

func benchSpec(b *testing.B, name, data string) spec {
	s, err := loadSpec(name, "bench", data)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkSmall ingests rows that stand in the spec; BenchmarkFlights one of the four files of flights, which it
// fetches the first time.
func BenchmarkSmall(b *testing.B) {
	l := benchLab(b)
	lines, err := l.firstFlights(b.Context(), 1+smallRows)
	if err != nil {
		b.Fatal(err)
	}
	t := serve(b, nil)
	c := dial(b, t)
	for b.Loop() {
		s := benchSpec(b, "csv", "")
		s.set(map[string]any{"type": "inline", "data": lines}, "spec", "ioConfig", "inputSource")
		if _, err := t.runTask(b.Context(), c, s.text()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFlights(b *testing.B) {
	dir, err := benchLab(b).fetchFlights(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, i := range ingestions {
		b.Run(i.spec, func(b *testing.B) {
			t := serve(b, nil)
			c := dial(b, t)
			for b.Loop() {
				if _, err := t.runTask(b.Context(), c, benchSpec(b, i.spec, dir).text()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPageOfTasks asks for a page of a hundred finished tasks as browsers do.
func BenchmarkPageOfTasks(b *testing.B) {
	c := dial(b, serve(b, &tasks{count: finishedTasks, state: druid.Success, sources: 100, mixed: true}))
	c.SetHeader("Accept-Encoding", "gzip")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ask(c, tasksPath+"?datasource=others_7"); err != nil {
			b.Fatal(err)
		}
	}
}
