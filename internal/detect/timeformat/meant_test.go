package timeformat

import "testing"

func TestFormatsThatPeopleType(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"YYYY-MM-DD": "yyyy-MM-dd", "%Y-%m-%d %H:%M:%S": "yyyy-MM-dd HH:mm:ss", "yyyy-mm-dd": "yyyy-MM-dd", "DD/MM/YYYY hh:mm": "dd/MM/yyyy HH:mm", "yyyy-mm-dd HH:mm": "yyyy-MM-dd HH:mm",
		"dd.MM.yyyy hh:mm a": "dd.MM.yyyy hh:mm a", "MM/DD/YYYY hh:mm A": "MM/dd/yyyy hh:mm a", "%d %b %Y": "dd MMM yyyy", "yyyy-MM-dd'T'HH:mm": "yyyy-MM-dd'T'HH:mm", "yyyy-MM-ddTHH:mm": "yyyy-MM-dd'T'HH:mm",
		"dd-mm-yyyy HH:mm": "dd-MM-yyyy HH:mm", "HH:mm dd-mm-yyyy": "HH:mm dd-MM-yyyy", "YYYY-MM-DD HH:MM:SS": "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:MM": "yyyy-MM-dd HH:mm",
		"yyyy-MM-dd HH:mm:ss.sss": "yyyy-MM-dd HH:mm:ss.SSS", "dd/mm/yyyy HH:mm:ss": "dd/MM/yyyy HH:mm:ss", "dd.mm.yy HH:mm": "dd.MM.yy HH:mm", "yyyy.dd.mm HH:mm": "yyyy.dd.MM HH:mm",
		"mm/yyyy HH:mm": "MM/yyyy HH:mm", "ddmmyyyyHHmm": "ddMMyyyyHHmm", "yyyyMMddHHmmssSSS": "yyyyMMddHHmmssSSS", "yyyyDDDHHmmssSSS": "yyyyDDDHHmmssSSS", "yyyy-ddd": "yyyy-DDD", "%Y-%m-%d %H:%m:%S": "yyyy-MM-dd HH:mm:ss",
		"HH:mm": "HH:mm", "HH:mm:ss": "HH:mm:ss", "ddd, DD MMM YYYY": "EEE, dd MMM yyyy", "xxxx-'W'ww-e": "xxxx-'W'ww-e", "EEE MMM dd HH:mm:ss Z yyyy": "EEE MMM dd HH:mm:ss Z yyyy",
		"ISO": "iso", "posix": "posix", "yyyy-DDD": "yyyy-DDD", "%Y-%m-%dT%H:%M:%SZ": "yyyy-MM-dd'T'HH:mm:ss'Z'",
	} {
		got, note, err := Meant(given)
		if err != nil || got != want || (note != "") != (got != given && given != "ISO") {
			t.Errorf("%s: %s, %q, %v; want %s", given, got, note, err, want)
		}
	}
	for _, given := range []string{"qqq", "%s", "%Q", "yyyy-dd", "yyyy-MM-dd HH:mm SSS", "yyyy-MM-dd HH:mm:mm", "yyyy-MM-MM", "HH mm yyyy"} {
		if _, _, err := Meant(given); err == nil {
			t.Errorf("%s is taken", given)
		}
	}
}
