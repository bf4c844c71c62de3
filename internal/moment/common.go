package moment

import (
	"ovate/druid"
	"ovate/internal/calendar"
)

// common reads the times that are met most, 2024-01-15 and 2024-01-15T10:20:30[.123][Z], with a blank or a T, in UTC. All else
// is left to read, which would read these to the same.
func common(b []byte, m *Moment) bool {
	if len(b) < 10 || b[4] != '-' || b[7] != '-' {
		return false
	}
	century, ok1 := pair(b, 0)
	year, ok2 := pair(b, 2)
	month, ok3 := pair(b, 5)
	day, ok4 := pair(b, 8)
	if !(ok1 && ok2 && ok3 && ok4) || month < 1 || month > 12 || day < 1 || day > 28 {
		return false
	}
	s := Style{kind: isoDay, separator: '-'}
	var millis int64
	if len(b) > 10 {
		n := len(b)
		if b[n-1] == 'Z' {
			n--
			s.zoned = true
		}
		if n != 19 && n != 23 || b[10] != 'T' && b[10] != ' ' || b[13] != ':' || b[16] != ':' {
			return false
		}
		hour, ok1 := pair(b, 11)
		minute, ok2 := pair(b, 14)
		second, ok3 := pair(b, 17)
		if !(ok1 && ok2 && ok3) || hour > 23 || minute > 59 || second > 59 {
			return false
		}
		millis = int64(hour*3600+minute*60+second) * 1000
		s.joint, s.seconds = b[10], true
		if n == 23 {
			tens, ok := pair(b, 20)
			if !ok || b[19] != '.' || b[22]-'0' > 9 {
				return false
			}
			millis += int64(tens)*10 + int64(b[22]-'0')
			s.fraction = 3
		}
	}
	at := druid.Instant(calendar.Days(int64(century*100+year), month, day)*calendar.MillisPerDay + millis)
	*m = Moment{At: [Orders]druid.Instant{at, at, at}, Valid: [Orders]bool{true, true, true}, Style: s}
	return true
}

// pair reads two digits.
func pair(b []byte, at int) (int, bool) {
	tens, ones := b[at]-'0', b[at+1]-'0'
	return int(tens)*10 + int(ones), tens <= 9 && ones <= 9
}
