package moment

import "strings"

// Style is the way in which a time is written. Two times of one style are read by one format of a timestampSpec, if any reads it.
type Style struct {
	kind      dateKind
	separator byte
	joint     byte
	seconds   bool
	fraction  uint8 // digits of the fraction of a second: none, up to 3, or up to 9
	comma     bool  // before it, instead of a point
	half      bool
	zoned     bool
	irregular bool
	partial   bool
	short     bool // its year has two digits
}

func style(d *date, t *clock, z zoneText) Style {
	s := Style{
		kind: d.kind, separator: d.separator, joint: t.joint, seconds: t.seconds, fraction: fraction(t.digits), comma: t.comma, half: t.half, zoned: z.given,
		irregular: d.irregular || t.irregular || t.digits > 9 || d.yearLast || z.given && !(z.attached && t.given), partial: d.partial,
		short: d.kind == numbers && !d.long,
	}
	if !t.given {
		s.joint = 0
	}
	return s
}

func fraction(digits int) uint8 {
	switch {
	case digits == 0:
		return 0
	case digits <= 3:
		return 3
	}
	return 9
}

// Date is the style of the date alone.
func (s Style) Date() Style {
	s.joint, s.seconds, s.fraction, s.comma, s.half, s.zoned = 0, false, 0, false, false, false
	return s
}

// Zoned tells whether such times say their zone.
func (s Style) Zoned() bool { return s.zoned }

// Partial tells whether such times have no day.
func (s Style) Partial() bool { return s.partial }

// Month tells whether such times are a year and the number of a month, as 2024-01.
func (s Style) Month() bool { return s.kind == isoMonth }

// Year tells whether such times are a year alone.
func (s Style) Year() bool { return s.kind == isoYear }

// Short tells whether such times have years of two digits.
func (s Style) Short() bool { return s.short }

// Dotted tells whether points part the numbers of such times, as in 1.2.10, which may be a version as well.
func (s Style) Dotted() bool { return s.separator == '.' && (s.kind == numbers || s.kind == isoDay) }

// Clock tells whether such times have a time of day.
func (s Style) Clock() bool { return s.joint != 0 }

// Format is the format of a timestampSpec that reads such times to the same instants, "" if there may be none.
func (s Style) Format(o Order) string {
	if s.irregular || s.short {
		return ""
	}
	iso := s.separator == '-' && s.kind == isoDay || s.kind == isoMonth || s.kind == isoYear
	switch {
	case iso && s.half:
		return ""
	case iso && (s.joint == 0 || s.joint == 'T'):
		return "iso"
	case iso && s.joint == ' ':
		return "auto"
	case s.zoned:
		return ""
	}
	date := s.date(o)
	if date == "" {
		return ""
	}
	return date + s.clock()
}

func (s Style) date(o Order) string {
	sep := string([]byte{s.separator})
	switch s.kind {
	case isoDay:
		return "yyyy" + sep + "MM" + sep + "dd"
	case numbers:
		if o == DayFirst {
			return "dd" + sep + "MM" + sep + "yyyy"
		}
		return "MM" + sep + "dd" + sep + "yyyy"
	case dayMonth:
		return "dd" + sep + "MMM" + sep + "yyyy"
	case monthDay:
		switch s.separator {
		case ',':
			return "MMM dd, yyyy"
		case ' ', '-', '/':
			return "MMM" + sep + "dd" + sep + "yyyy"
		}
	}
	return ""
}

func (s Style) clock() string {
	text := ""
	switch s.joint {
	case 0:
		return ""
	case 'T':
		text = "'T'"
	case ' ', ':':
		text = string([]byte{s.joint})
	}
	if s.half {
		text += "hh:mm"
	} else {
		text += "HH:mm"
	}
	if s.seconds {
		text += ":ss"
	}
	if s.fraction > 0 {
		point := "."
		if s.comma {
			point = ","
		}
		text += point + "SSSSSSSSS"[:s.fraction]
	}
	if s.half {
		text += " a"
	}
	return text
}

// Pattern is a format in which such times can be written, by the order of their numbers, whether or not Druid would read all of them.
func (s Style) Pattern(o Order) string {
	sep := string([]byte{s.separator})
	year := "yyyy"
	if s.short {
		year = "yy"
	}
	parts := []string{"MM", "dd", year}
	switch o {
	case DayFirst:
		parts = []string{"dd", "MM", year}
	case YearFirst:
		parts = []string{year, "MM", "dd"}
	}
	return strings.Join(parts, sep) + s.clock()
}
