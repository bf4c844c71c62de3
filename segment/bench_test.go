package segment

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"ovate/druid"
)

// flights is a month of flight-like rows, sorted by time, each of them three times.
type flights struct {
	time, delay, distance []int64
	arrival               []float64
	null                  []bool
	carrier, tail         []int32
	carriers, tails       texts
}

func makeFlights(rows int) *flights {
	r := rand.New(rand.NewPCG(1, 2))
	f := new(flights)
	for i := range 16 {
		f.carriers = append(f.carriers, fmt.Sprintf("%02d", i))
	}
	for i := range 3200 {
		f.tails = append(f.tails, fmt.Sprintf("N%05d", i))
	}
	for i := 0; i < rows; i += 3 {
		t, delay, distance := int64(day.Start)+int64(i/120)*3_600_000, int64(r.ExpFloat64()*20)-12, int64(80+r.IntN(200)*12)
		carrier, tail := int32(r.IntN(16)), int32(r.IntN(3200))
		for range 3 {
			f.time = append(f.time, t)
			f.delay = append(f.delay, delay)
			f.distance = append(f.distance, distance)
			f.arrival = append(f.arrival, float64(delay+int64(i%9)))
			f.null = append(f.null, i%40 == 0)
			f.carrier = append(f.carrier, carrier)
			f.tail = append(f.tail, tail)
		}
	}
	return f
}

func (f *flights) write(b *testing.B, dir string, o Options) int64 {
	w, err := Create(dir, o)
	must(b, err)
	fill(b, w.Long(TimeColumn), f.time, nil, 8192)
	fill(b, w.Long("delay"), f.delay, f.null, 8192)
	fill(b, w.Long("distance"), f.distance, nil, 8192)
	fill(b, w.Double("arrival"), f.arrival, f.null, 8192)
	carrier := w.String("carrier", StringOptions{Dictionary: f.carriers, Bitmap: true})
	must(b, carrier.AppendIDs(f.carrier))
	must(b, carrier.Close())
	tail := w.String("tail", StringOptions{Dictionary: f.tails, Bitmap: true})
	must(b, tail.AppendIDs(f.tail))
	must(b, tail.Close())
	size, err := w.Finish(Index{Dimensions: []string{"carrier", "tail", "delay", "distance"}, Metrics: []string{"arrival"}})
	must(b, err)
	return size
}

func BenchmarkWrite(b *testing.B) {
	f := makeFlights(78_000)
	o := Options{Interval: druid.Interval{Start: day.Start, End: day.Start + 31*86_400_000}, Buffers: new(Buffers), Temporary: true}
	dir := b.TempDir()
	var size int64
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		size = f.write(b, filepath.Join(dir, fmt.Sprint(i)), o)
		i++
	}
	b.ReportMetric(float64(len(f.time))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(size)/float64(len(f.time)), "bytes/row")
}

func BenchmarkRead(b *testing.B) {
	f := makeFlights(78_000)
	dir := filepath.Join(b.TempDir(), "segment")
	f.write(b, dir, Options{Interval: day, Temporary: true})
	for b.Loop() {
		s, err := Open(dir)
		must(b, err)
		must(b, readAll(s))
		must(b, s.Close())
	}
	b.ReportMetric(float64(len(f.time))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
