package kafka_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"ovate/internal/supervisor/kafka"
)

func TestZZ(t *testing.T) {
	read := func(f string) (all [][]byte) {
		file, err := os.Open(f)
		if err != nil {
			t.Skip(err)
		}
		sc := bufio.NewScanner(file)
		sc.Buffer(nil, 1<<24)
		for sc.Scan() {
			all = append(all, append([]byte{}, sc.Bytes()...))
		}
		return all
	}
	given, answers := read("/dev/shm/ks/corpus.jsonl"), read("/dev/shm/ks/said.jsonl")
	n := 0
	for i := range given {
		var j struct {
			Spec, Task json.RawMessage
			Error      string
		}
		json.Unmarshal(answers[i], &j)
		s, err := kafka.Parse(given[i])
		switch {
		case err == nil && j.Error != "":
			if !strings.Contains(j.Error, "necessary ext") && !strings.Contains(j.Error, "math.expr") {
				fmt.Printf("LETS THROUGH %s\n   java: %s\n", given[i], j.Error)
			}
		case err != nil && j.Error == "":
			fmt.Printf("refuses %s\n   ours: %v\n", given[i], err)
		case err == nil:
			n++
			e, err := kafka.Parse(j.Spec)
			if err != nil {
				fmt.Printf("EXPANDED %s %v\n", given[i], err)
				continue
			}
			a, b := said(t, s), said(t, e)
			if a != b {
				fmt.Printf("DIFFERS %s\n  %s\n  %s\n", given[i], a, b)
			}
			if !s.Current(j.Task) {
				fmt.Printf("NOT CURRENT %s\n  %s\n", given[i], j.Task)
			}
		}
	}
	fmt.Println("both took", n, "of", len(given))
}
