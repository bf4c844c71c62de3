package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Sources is where Load looks, later fields over earlier ones.
type Sources struct {
	Files   []string // properties files, later ones over earlier ones
	Environ []string // as os.Environ returns it
	Flags   []Setting
}

// Load reads all sources and checks every value. Its error tells of all that cannot be used, each as a *ValueError.
func Load(from Sources) (*Config, error) {
	table := keys()
	given, used, repeated, err := collect(from, table)
	if err != nil {
		return nil, err
	}
	table = append(table, namedKeys(given)...)
	c := &Config{settings: given, remarks: repeated, files: from.Files}
	known := make(map[string]bool, len(table))
	var wrong []error
	for _, k := range table {
		known[k.name] = true
		s, ok := given[k.name]
		if !ok {
			s = Setting{Key: k.name, Value: strings.ReplaceAll(k.value, "${ovate.data}", c.Data), Origin: "default"}
		}
		if !isPassword(k.name) {
			s.Value = strings.TrimSpace(s.Value)
		}
		if err := k.set(c, s.Value); err != nil {
			wrong = append(wrong, &ValueError{Setting: s, Allowed: err.Error()})
		}
		if s.Value != "" {
			given[k.name] = s
		} else {
			c.unset = append(c.unset, k.name)
		}
	}
	if c.Metadata.Type == SQLite { // which has no users
		delete(known, "druid.metadata.storage.connector.user")
		delete(known, "druid.metadata.storage.connector.password")
	}
	c.unused = sorted(given, func(s Setting) bool { return !known[s.Key] && !strings.HasPrefix(s.Key, "ovate.") && !used[s.Key] })
	for _, s := range sorted(given, func(s Setting) bool { return !known[s.Key] && strings.HasPrefix(s.Key, "ovate.") }) {
		hint := "`ovate serve --dry-run` lists those there are"
		if near := nearest(s.Key, table); near != "" {
			hint = "did you mean " + near + "?"
		}
		wrong = append(wrong, &ValueError{Setting: s, Allowed: "there is no such property; " + hint})
	}
	if wrong != nil {
		return nil, errors.Join(wrong...)
	}
	c.remarkMissingRoots()
	return c, errors.Join(c.settleCluster(), c.settleS3(), c.settleTLS(), c.settleAuth(), c.settleSealing(), c.settleTracing(), c.settle())
}

// isPassword tells of a property that is taken as it is given, with its blanks.
func isPassword(name string) bool {
	return strings.HasSuffix(name, ".password") || strings.HasSuffix(name, "Password") || strings.HasSuffix(name, ".pwd")
}

// collect lays the sources over each other. used are the names that stand in values of others, repeated the properties that one file has twice.
func collect(from Sources, table []key) (given map[string]Setting, used map[string]bool, repeated []Remark, err error) {
	given = map[string]Setting{}
	for _, file := range from.Files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("properties file: %w", err)
		}
		entries, err := parseProperties(text)
		if err != nil {
			return nil, nil, nil, fmt.Errorf("properties file %s: %w", file, err)
		}
		first := map[string]entry{}
		for _, e := range entries {
			s := Setting{e.key, e.value, fmt.Sprintf("%s:%d", filepath.Base(file), e.line)}
			if before, twice := first[e.key]; twice && before.value != e.value {
				repeated = append(repeated, Remark{s, fmt.Sprintf("counts, and not what line %d says: the last of a file does", before.line)})
			}
			given[e.key], first[e.key] = s, e
		}
	}
	capitals := make(map[string]string, len(table))
	for _, k := range table {
		capitals[strings.ToUpper(strings.ReplaceAll(k.name, ".", "_"))] = k.name
	}
	for _, s := range tracingVariables(from.Environ) {
		given[s.Key] = s
	}
	for _, variable := range from.Environ {
		name, value, _ := strings.Cut(variable, "=")
		property := capitals[name]
		if strings.HasPrefix(name, "druid_") || strings.HasPrefix(name, "ovate_") {
			property = strings.ReplaceAll(name, "_", ".")
		}
		if property != "" {
			given[property] = Setting{property, value, "environment variable " + name}
		}
	}
	used = usedNames(given)
	if err := interpolate(given, from.Environ); err != nil {
		return nil, nil, nil, err
	}
	for _, s := range from.Flags {
		given[s.Key] = s
	}
	return given, used, standing(repeated, given), nil
}

// usedNames are the properties that values of others ask for, like ${sys:other.property}.
func usedNames(given map[string]Setting) map[string]bool {
	used := map[string]bool{}
	for _, s := range given {
		for _, variable := range strings.Split(s.Value, "${sys:")[1:] {
			used[variable[:strings.IndexAny(variable+"}", "}:")]] = true
		}
	}
	return used
}

// sorted picks settings and orders them by name.
func sorted(all map[string]Setting, pick func(Setting) bool) []Setting {
	var some []Setting
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if s := all[name]; pick(s) {
			some = append(some, s)
		}
	}
	return some
}

// isHidden tells whether a property may hold a secret: Druid goes by words within its name.
func (c *Config) isHidden(name string) bool {
	name = strings.ToLower(name)
	for _, always := range []string{"basicauthentication", "clientsecret", "cookiepassphrase", "ovate.tracing.headers"} { // which Druid shows
		if strings.HasSuffix(name, always) {
			return true
		}
	}
	return slices.ContainsFunc(c.hidden, func(word string) bool { return strings.Contains(name, strings.ToLower(word)) })
}
