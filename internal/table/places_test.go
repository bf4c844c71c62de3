package table

import (
	"strings"
	"testing"
	"time"

	"ovate/internal/cputime"
)

// TestLongLineOfAlignedWords: a line costs what it is long, however many words it has and whatever its letters are.
func TestLongLineOfAlignedWords(t *testing.T) {
	begin := "a    b    c\n" + strings.Repeat("1    2    3\n", headRows+1)
	cost := func(line string) time.Duration { // the least of some, as others have a part in the machine's caches
		files, least := save(t, begin+line+"\n"), time.Hour
		for range 5 {
			least = min(least, cputime.Of(func() {
				if _, _, err := read(t.Context(), Options{}, files...); err != nil {
					t.Error(err)
				}
			}))
		}
		return least
	}
	words := strings.Repeat("x ", 20_000)
	if plain, letters := cost(words+"e"), cost(words+"é"); letters > 50*plain {
		t.Errorf("%v for ASCII, %v with another letter", plain, letters)
	}
}

func TestCutWords(t *testing.T) {
	p := place([]byte("  Öl für  x é"))
	if got := p.cut(0, 2); string(got) != "Öl für" {
		t.Errorf("%q", got)
	}
	if got := p.cut(p.wordAt(10), 4); string(got) != "x é" {
		t.Errorf("%q", got)
	}
}
