package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ovate/bench/wire"
)

const smallRows = 2_000

var (
	smallFigure   = figure{"index_parallel of 2,000 inline rows, submit to SUCCESS", "ms", goal{atMost, 50}}
	smallDuration = figure{"index_parallel of 2,000 inline rows, as the task tells it", "ms", goal{}}
)

// small ingests the first rows of the flights, which stand in the spec itself, each time into another data source.
var small = benchmark{
	name:  "small",
	about: "index_parallel of 2,000 rows that stand in the spec",
	measure: func(ctx context.Context, r *trial) error {
		lines, err := r.firstFlights(ctx, 1+smallRows)
		if err != nil {
			return err
		}
		c, err := wire.Dial(ctx, r.address)
		if err != nil {
			return err
		}
		defer c.Close()
		times := 30
		if r.side == java {
			times = 2
		}
		var walls, durations []time.Duration
		for range times {
			spec, err := loadSpec("csv", fmt.Sprintf("small_%d", time.Now().UnixNano()), "")
			if err != nil {
				return err
			}
			spec.set(map[string]any{"type": "inline", "data": lines}, "spec", "ioConfig", "inputSource")
			o, err := r.runTask(ctx, c, spec.text())
			if err != nil {
				return err
			}
			walls, durations = append(walls, o.wall), append(durations, o.task)
		}
		slices.Sort(walls)
		slices.Sort(durations)
		r.record(smallFigure, milliseconds(walls[len(walls)/2]))
		r.record(smallDuration, milliseconds(durations[len(durations)/2]))
		return nil
	},
}

// firstFlights are the first lines of f3.csv, the header included.
func (l *lab) firstFlights(ctx context.Context, n int) (string, error) {
	dir, err := l.fetchFlights(ctx)
	if err != nil {
		return "", err
	}
	f, err := os.Open(filepath.Join(dir, csvName))
	if err != nil {
		return "", err
	}
	defer f.Close()
	var text strings.Builder
	in := bufio.NewReader(f)
	for range n {
		line, err := in.ReadString('\n')
		if err != nil {
			return "", err
		}
		text.WriteString(line)
	}
	return text.String(), nil
}
