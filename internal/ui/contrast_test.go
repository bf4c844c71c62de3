package ui

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// colours are those of the stylesheet by name, for light screens and for dark ones.
func colours(t *testing.T, style string) map[string][2]string {
	t.Helper()
	all := map[string][2]string{}
	for _, found := range regexp.MustCompile(`--([\w-]+): light-dark\((#[0-9a-f]+), (#[0-9a-f]+)\)`).FindAllStringSubmatch(style, -1) {
		all[found[1]] = [2]string{found[2], found[3]}
	}
	if len(all) < 10 {
		t.Fatalf("the stylesheet has %d colours", len(all))
	}
	return all
}

// luminance is that of a colour such as #0b6b63 or #fff, as WCAG reckons it.
func luminance(t *testing.T, colour string) (sum float64) {
	t.Helper()
	digits := strings.TrimPrefix(colour, "#")
	if len(digits) == 3 {
		digits = string([]byte{digits[0], digits[0], digits[1], digits[1], digits[2], digits[2]})
	}
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(digits[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatalf("%s: %v", colour, err)
		}
		share := float64(n) / 255
		if share <= 0.04045 {
			share /= 12.92
		} else {
			share = math.Pow((share+0.055)/1.055, 2.4)
		}
		sum += weight * share
	}
	return sum
}

// Every text is read on every ground in both themes (WCAG 1.4.3), and the edges of controls, the ring of the focus and what charts draw are seen (1.4.11).
// No rule has a colour of its own that would not be looked at here.
func TestContrast(t *testing.T) {
	t.Parallel()
	text, err := assetFiles.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	style := string(text)
	root, rules, _ := strings.Cut(style, "}")
	if own := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|rgba?\(|hsl|light-dark`).FindString(regexp.MustCompile(`(?m)^[^{]*\{|/\*.*?\*/`).ReplaceAllString(rules, "")); own != "" {
		t.Errorf("a rule has a colour of its own, %s, that is none of :root", own)
	}
	all := colours(t, root)
	type pair struct {
		front, back string
		least       float64
	}
	pairs := []pair{{"on-accent", "accent", 4.5}, {"accent", "dim", 3}, {"bad", "dim", 3}, {"accent", "pale", 3}}
	for _, back := range []string{"ground", "panel", "wash"} {
		for _, front := range []string{"text", "quiet", "accent", "good", "bad", "warn"} {
			pairs = append(pairs, pair{front, back, 4.5})
		}
		pairs = append(pairs, pair{"edge", back, 3})
	}
	for _, p := range pairs {
		for i, theme := range []string{"light", "dark"} {
			front, back := all[p.front][i], all[p.back][i]
			if front == "" || back == "" {
				t.Fatalf("there is no colour %s or %s", p.front, p.back)
			}
			a, b := luminance(t, front), luminance(t, back)
			if contrast := (max(a, b) + 0.05) / (min(a, b) + 0.05); contrast < p.least {
				t.Errorf("%s: %s on %s has a contrast of %s, want %v at least", theme, p.front, p.back, fmt.Sprintf("%.2f", contrast), p.least)
			}
		}
	}
}
