package upload

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"ovate/druid"
)

// maxName is the most bytes of a name: some are left for what file systems and programs put behind it.
const maxName = 180

// CleanName is what a file is called here that was called name where it comes from: without folders, and with an underscore for all that paths, patterns and
// URLs are made of. Its extensions, which say how it is compressed, stay.
func CleanName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, "_"), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("._-+ ()", r) {
			return r
		}
		return '_'
	}, name)
	name = strings.TrimLeft(strings.TrimSpace(name), ". ")
	if len(name) > maxName {
		cut := len(name) - maxName
		for !utf8.RuneStart(name[cut]) {
			cut++
		}
		name = strings.TrimLeft(name[cut:], ". ")
	}
	if name == "" || strings.Trim(name, "_") == "" {
		return "file"
	}
	return name
}

// DataSource is what a data source may be called that a file makes, by its name: flights of flights.csv.gz.
func DataSource(name string) string {
	name, _, _ = strings.Cut(CleanName(name), ".")
	name = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("()+", r) }), "_")
	if druid.ValidateID("dataSource", name) != nil {
		return "file"
	}
	return name
}

// CheckDataSource refuses what no data source can be called.
func CheckDataSource(name string) error { return druid.ValidateID("dataSource", name) }
