package moment

import (
	"cmp"
	"fmt"
	"time"
)

// zoneText is what a text says about where its clock is.
type zoneText struct {
	given    bool
	fixed    bool
	offset   int64 // milliseconds east of UTC
	location *time.Location
	attached bool // written as ISO has it, next to the time
	letters  bool // letters that mean another zone elsewhere
	named    bool // letters that the caller explained
}

// zones are the places that are known.
type zones struct {
	found map[string]*time.Location // those that were looked for; nil are those that there are not
	named map[string]*time.Location // those whose letters the caller explained
}

// maxZones bounds how many are kept.
const maxZones = 1000

func (z *zones) find(name string) *time.Location {
	if found, known := z.found[name]; known {
		return found
	}
	found, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		found = nil
	}
	if z.found == nil || len(z.found) >= maxZones {
		z.found = map[string]*time.Location{}
	}
	z.found[name] = found
	return found
}

// Name says where the clocks are of which a text says the letters, as IST: a name of the IANA database, or an offset like +05:30.
func (r *Reader) Name(letters, zone string) error {
	location := cmp.Or(fixedZone(zone), r.zones.find(zone))
	for i := range len(letters) {
		if !isLetter(letters[i]) {
			location = nil
		}
	}
	if location == nil || letters == "" {
		return fmt.Errorf("%s=%s must be the letters of a zone and where it is, such as IST=Asia/Kolkata or IST=+05:30", letters, zone)
	}
	if r.zones.named == nil {
		r.zones.named = map[string]*time.Location{}
	}
	r.zones.named[letters] = location
	return nil
}

// fixedZone is that of clocks which are an offset like +05:30 from UTC, nil if it is none.
func fixedZone(offset string) *time.Location {
	var at zoneText
	c := cursor{b: []byte(offset)}
	if sign := c.peek(); sign != '+' && sign != '-' || !c.offset(&at) || c.i != len(offset) {
		return nil
	}
	return time.FixedZone(offset, int(at.offset/1000))
}

const hour = int64(3_600_000)

// abbreviations are those of which there is no doubt where they are. Others, like IST and BST, mean several.
var abbreviations = map[string]int64{
	"Z": 0, "UTC": 0, "GMT": 0, "UT": 0, "WET": 0, "WEST": hour, "CET": hour, "CEST": 2 * hour, "EET": 2 * hour, "EEST": 3 * hour, "MSK": 3 * hour,
	"EST": -5 * hour, "EDT": -4 * hour, "CST": -6 * hour, "CDT": -5 * hour, "MST": -7 * hour, "MDT": -6 * hour, "PST": -8 * hour, "PDT": -7 * hour,
	"AKST": -9 * hour, "AKDT": -8 * hour, "HST": -10 * hour, "JST": 9 * hour, "KST": 9 * hour, "AEST": 10 * hour, "AEDT": 11 * hour, "NZST": 12 * hour, "NZDT": 13 * hour,
}

// zone reads a zone, if there is one. It is not known if something is there that nobody knows.
func (c *cursor) zone(places *zones) (z zoneText, known bool) {
	begin := c.i
	blanks := c.blanks()
	switch at := c.peek(); {
	case at == 0:
		return z, blanks == 0
	case at == '+' || at == '-':
		if !c.offset(&z) {
			return z, false
		}
		z.attached = blanks == 0
	case isLetter(at):
		if !c.place(&z, places) {
			return z, false
		}
		z.attached = blanks == 0 && at == 'Z'
	case at == '[', at == '(':
	default:
		c.i = begin
		return z, true
	}
	return z, c.comment(&z, places)
}

// offset reads ±hh, ±hhmm or ±hh:mm, perhaps with seconds.
func (c *cursor) offset(z *zoneText) bool {
	sign := int64(1)
	if c.peek() == '-' {
		sign = -1
	}
	c.i++
	n, digits := c.number(6)
	var total int64
	switch digits {
	case 1, 2:
		total = n * 3600
		if c.skip(':') {
			minutes, digits := c.number(2)
			if digits != 2 || minutes > 59 {
				return false
			}
			total += minutes * 60
		}
	case 4:
		if n%100 > 59 {
			return false
		}
		total = n/100*3600 + n%100*60
	default:
		return false
	}
	if total >= 24*3600 {
		return false
	}
	z.given, z.fixed, z.offset = true, true, sign*total*1000
	return true
}

// place reads an abbreviation or a name of the IANA database.
func (c *cursor) place(z *zoneText, places *zones) bool {
	begin := c.i
	for c.i < len(c.b) && (isLetter(c.b[c.i]) || c.b[c.i] == '/' || c.b[c.i] == '_' || c.i > begin && (c.b[c.i] == '-' || c.b[c.i] == '+' || c.b[c.i]-'0' <= 9) && containsSlash(c.b[begin:c.i])) {
		c.i++
	}
	name := c.b[begin:c.i]
	z.given = true
	if z.location = places.named[string(name)]; z.location != nil {
		z.named = true
		return true
	}
	if offset, ok := abbreviations[string(name)]; ok || string(name) == "z" {
		z.fixed, z.offset = true, offset
		z.letters = offset <= -5*hour && offset >= -8*hour                                  // CST is the zone of China, too, EST and EDT those of Australia
		if sign := c.peek(); offset == 0 && (sign == '+' || sign == '-') && len(name) > 1 { // GMT+2
			return c.offset(z)
		}
		return true
	}
	if !containsSlash(name) {
		return false
	}
	z.location = places.find(string(name))
	return z.location != nil
}

// comment reads what may follow a zone and only says it again: +01:00[Europe/Paris], -0500 (EST), +0000 UTC.
func (c *cursor) comment(z *zoneText, places *zones) bool {
	begin := c.i
	c.blanks()
	closing := byte(0)
	switch c.peek() {
	case '[':
		closing = ']'
	case '(':
		closing = ')'
	}
	switch {
	case closing != 0:
		end := c.i + 1
		for end < len(c.b) && c.b[end] != closing {
			end++
		}
		if end == len(c.b) {
			return false
		}
		name := string(c.b[c.i+1 : end])
		c.i = end + 1
		z.attached = false
		if !z.given {
			z.given, z.location = true, places.named[name]
			if z.location == nil {
				z.location = places.find(name)
			}
			return z.location != nil
		}
		if closing == ')' {
			return true
		}
		z.location = places.find(name)
		return z.location != nil
	case isLetter(c.peek()) && z.fixed:
		z.attached = false
		word := c.word()
		if _, ok := abbreviations[string(word)]; !ok && places.named[string(word)] == nil {
			c.i = begin
			return false
		}
		return true
	}
	c.i = begin
	return true
}

func containsSlash(b []byte) bool {
	for _, c := range b {
		if c == '/' {
			return true
		}
	}
	return false
}

// looksLikeZone tells whether what follows a time of day could be a zone that is not known.
func looksLikeZone(b []byte) bool {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	if len(b) == 0 {
		return false
	}
	if b[0] == '[' || b[0] == '(' || containsSlash(b) {
		return true
	}
	for _, c := range b {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return len(b) >= 2 && len(b) <= 5
}
