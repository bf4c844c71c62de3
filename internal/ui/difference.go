package ui

import (
	"strconv"
	"strings"
)

// diffLine is a line of what differs between two texts: Sign is '+', '-' or ' '.
type diffLine struct{ Sign, Text string }

// mostDiffer is how many lines of each text are compared where they differ: what it costs is the product of both.
const mostDiffer = 1000

// difference are the lines that are in one of two texts alone, each with a line before and after it; none if they agree.
func difference(before, after string) (lines []diffLine) {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	if head == len(a) && head == len(b) {
		return nil
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	if head > 0 {
		lines = append(lines, diffLine{" ", a[head-1]})
	}
	lines = append(lines, middle(a[head:len(a)-tail], b[head:len(b)-tail])...)
	if tail > 0 {
		lines = append(lines, diffLine{" ", a[len(a)-tail]})
	}
	return lines
}

// middle compares by the longest common subsequence of lines.
func middle(a, b []string) (lines []diffLine) {
	if len(a) > mostDiffer || len(b) > mostDiffer {
		return []diffLine{{"-", strconv.Itoa(len(a)) + " lines"}, {"+", strconv.Itoa(len(b)) + " lines"}}
	}
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			lines = append(lines, diffLine{" ", a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			lines = append(lines, diffLine{"-", a[i]})
			i++
		default:
			lines = append(lines, diffLine{"+", b[j]})
			j++
		}
	}
	return lines
}
