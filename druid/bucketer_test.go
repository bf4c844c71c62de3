package druid

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestBucketerAgrees(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := rapid.OneOf(genGranularity, rapid.Just(None), rapid.Just(All)).Draw(t, "granularity")
		b := g.Bucketer()
		for _, at := range rapid.SliceOfN(genInstant, 1, 30).Draw(t, "instants") {
			if got, want := b.Bucket(at), g.Bucket(at); got != want {
				t.Fatalf("the Bucketer of %s puts %s into %s, not %s", g, at, got, want)
			}
			if got, want := b.Truncate(at+1), g.Truncate(at+1); got != want {
				t.Fatalf("the Bucketer of %s truncates %s to %s, not %s", g, at+1, got, want)
			}
		}
	})
}

func BenchmarkBucketer(b *testing.B) {
	week, err := PeriodGranularity(Period{Weeks: 1}, "America/Los_Angeles", nil)
	if err != nil {
		b.Fatal(err)
	}
	day, err := PeriodGranularity(Period{Days: 1}, "America/Los_Angeles", nil)
	if err != nil {
		b.Fatal(err)
	}
	times := make([]Instant, 4096)
	for _, order := range []string{"ascending", "random"} {
		for i := range times {
			times[i] = Instant(1.7e12 + float64(i)*600_000)
		}
		if order == "random" {
			rand.New(rand.NewPCG(1, 2)).Shuffle(len(times), func(i, j int) { times[i], times[j] = times[j], times[i] })
		}
		for name, g := range map[string]Granularity{"hour": Hour, "month": Month, "dayLA": day, "weekLA": week} {
			b.Run(name+"/"+order, func(b *testing.B) {
				bucketer := g.Bucketer()
				for i := 0; b.Loop(); i++ {
					bucketer.Truncate(times[i%len(times)])
				}
			})
		}
	}
}
