package timeformat

import "testing"

func TestFormatsThatPeopleType(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"YYYY-MM-DD": "yyyy-MM-dd", "%Y-%m-%d %H:%M:%S": "yyyy-MM-dd HH:mm:ss", "yyyy-mm-dd": "yyyy-MM-dd", "DD/MM/YYYY hh:mm": "dd/MM/yyyy HH:mm", "yyyy-mm-dd HH:mm": "yyyy-MM-dd HH:mm",
		"dd.MM.yyyy hh:mm a": "dd.MM.yyyy hh:mm a", "MM/DD/YYYY hh:mm A": "MM/dd/yyyy hh:mm a", "%d %b %Y": "dd MMM yyyy", "yyyy-MM-dd'T'HH:mm": "yyyy-MM-dd'T'HH:mm", "yyyy-MM-ddTHH:mm": "yyyy-MM-dd'T'HH:mm",
		"ISO": "iso", "posix": "posix", "yyyy-DDD": "yyyy-DDD", "%Y-%m-%dT%H:%M:%SZ": "yyyy-MM-dd'T'HH:mm:ss'Z'",
	} {
		got, note, err := Meant(given)
		if err != nil || got != want || (note != "") != (got != given && given != "ISO") {
			t.Errorf("%s: %s, %q, %v; want %s", given, got, note, err, want)
		}
	}
	for _, given := range []string{"qqq", "%s", "%Q"} {
		if _, _, err := Meant(given); err == nil {
			t.Errorf("%s is taken", given)
		}
	}
}
