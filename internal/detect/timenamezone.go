package detect

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"ovate/internal/calendar"
	"ovate/internal/detect/timeformat"
	"ovate/internal/moment"
)

// placesOf are places whose clocks show the times that people write these letters behind, as --time-zone has them: an example, where there are several.
var placesOf = map[string]string{
	"utc": "UTC", "gmt": "UTC", "zulu": "UTC", "wet": "Europe/Lisbon", "bst": "Europe/London", "cet": "Europe/Berlin", "cest": "Europe/Berlin", "mez": "Europe/Berlin", "mesz": "Europe/Berlin",
	"eet": "Europe/Athens", "eest": "Europe/Athens", "msk": "Europe/Moscow", "ist": "Asia/Kolkata", "sgt": "Asia/Singapore", "hkt": "Asia/Hong_Kong", "jst": "Asia/Tokyo", "kst": "Asia/Seoul",
	"aest": "Australia/Sydney", "aedt": "Australia/Sydney", "nzst": "Pacific/Auckland", "nzdt": "Pacific/Auckland", "brt": "America/Sao_Paulo", "est": "America/New_York", "edt": "America/New_York",
	"cst": "America/Chicago", "cdt": "America/Chicago", "mst": "America/Denver", "mdt": "America/Denver", "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "akst": "America/Anchorage", "hst": "Pacific/Honolulu",
}

// isZoneWord tells whether a word of a name is a zone by all appearances: "est" may be an estimate, and "ist" is what there is, in German.
func isZoneWord(word string) bool { return placesOf[word] != "" && word != "est" && word != "ist" }

var (
	offsetInName = regexp.MustCompile(`(?i)(?:(?:utc|gmt) ?|[([ _])([+-]\d{1,2})(?::?(\d\d))?(?:[)\]]|$)`)
	placeInName  = regexp.MustCompile(`[A-Z][A-Za-z]+/[A-Z][A-Za-z_/]+`)
)

// zoneInName is the zone that the name of a column says its times are of, and what --time-zone takes for it: nothing if it says none.
func zoneInName(name string) (said, zone string) {
	if place := placeInName.FindString(name); place != "" {
		if _, err := time.LoadLocation(place); err == nil {
			return place, place
		}
	}
	if parts := offsetInName.FindStringSubmatch(name); parts != nil {
		minutes := parts[2]
		if minutes == "" {
			minutes = "00"
		}
		hours := parts[1]
		if len(hours) == 2 {
			hours = hours[:1] + "0" + hours[1:]
		}
		if zone = hours + ":" + minutes; strings.Trim(zone, "+-0:") == "" {
			zone = "UTC"
		}
		if _, err := moment.NewReader(zone); err == nil {
			return strings.Trim(parts[0], "([_]) "), zone
		}
	}
	for _, word := range slices.Backward(wordsOf(name)) {
		if place := placesOf[word]; place != "" {
			return strings.ToUpper(word), place
		}
	}
	return "", ""
}

// tellZoneInName notes that the name of a column says of which zone its times are, where they do not say it themselves. Those of UTC are read as the name has it.
func (t *Time) tellZoneInName(c *column, name string) {
	x := &c.times
	clocked := x.clocked > 0 && x.local.n > 0
	if t.digits != timeformat.None || t.given != "" {
		clocked = !t.digits.IsCount() && x.zoned.n == 0 && (t.good.min%calendar.MillisPerDay != 0 || t.good.max%calendar.MillisPerDay != 0)
	}
	said, zone := zoneInName(name)
	if zone == "" || t.zone != "" || !clocked {
		return
	}
	t.NameZone, t.NoZone = said, zone != "UTC"
	if zone == "UTC" {
		return
	}
	text := fmt.Sprintf("%s: the name says %s, but its times are taken for UTC. «--time-zone%s» takes them for those of there", name, said, zoneFlag(zone))
	if winter := winterOffset(zone); winter != "" {
		text += fmt.Sprintf(", with summer time; «--time-zone%s» for the same clocks without it", zoneFlag(winter))
	}
	t.notes = append(t.notes, text+".")
}

// zoneFlag is a zone behind --time-zone: a minus there would begin another flag.
func zoneFlag(zone string) string {
	if zone[0] == '-' {
		return "=" + zone
	}
	return " " + zone
}

// winterOffset is how far from UTC clocks of a place are in winter, if they are set to summer time: "" if they are not.
func winterOffset(zone string) string {
	place, err := time.LoadLocation(zone)
	if err != nil {
		return ""
	}
	january, july := time.Date(2024, 1, 1, 0, 0, 0, 0, place), time.Date(2024, 7, 1, 0, 0, 0, 0, place)
	_, one := january.Zone()
	_, other := july.Zone()
	switch {
	case one == other:
		return ""
	case one < other:
		return january.Format("-07:00")
	}
	return july.Format("-07:00")
}
