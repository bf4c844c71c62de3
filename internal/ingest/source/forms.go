package source

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// enough is how long a secret must be that is hidden in other texts. Shorter ones are in every text, which would tell them by its gaps.
const enough = 4

// deepestEscapes is how often a secret may be encoded or escaped, one way in another, and is found all the same.
const deepestEscapes = 3

// forms are the forms in which secrets may come back, in lower case. Those that an escaped text has are none of them: secrets.hide
// reads what the escapes stand for.
type forms map[string]bool

// inQuotes is a text of a header field that may have any characters, some of them behind a backslash.
var inQuotes = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// addHeader adds the value of a header field, and each part of it.
func (f *gathered) addHeader(value string) {
	f.add(value)
	for _, part := range inQuotes.FindAllString(value, -1) {
		f.add(part[1 : len(part)-1])
	}
	for _, part := range strings.FieldsFunc(value, func(c rune) bool { return strings.ContainsRune(" \t;,=\"'", c) }) {
		switch strings.ToLower(part) {
		case "basic", "bearer", "digest", "token": // is no secret, and a word that errors have
			continue
		}
		f.add(part)
		for _, piece := range strings.Split(part, ".") { // of a signed token
			f.add(piece)
		}
		if !strings.Contains(part, "://") {
			user, password, _ := strings.Cut(part, ":")
			f.add(user)
			f.add(password)
		}
	}
}

// addLogin adds a password and what is sent of it with its user.
func (f *gathered) addLogin(user, password string) {
	f.add(password)
	f.putBase64(user + ":" + password)
}

// addQuery adds the query of a URI as it is, and the values in it. Names are no secrets, but for those without a value.
func (f *gathered) addQuery(query string) {
	values, err := url.ParseQuery(query)
	switch {
	case err != nil:
		f.add(query) // nobody knows what some of its parts are
	case !isOrdinary(query):
		f.put(query)
	}
	for name, all := range values {
		if slices.Equal(all, []string{""}) {
			f.addValue(name)
		}
		for _, value := range all {
			f.addValue(value)
		}
	}
}

// addValue adds a value of a query, unless it is such as errors and logs are full of.
func (f *gathered) addValue(text string) {
	if !isOrdinary(text) {
		f.add(text)
	}
}

// ordinary is below how many characters letters alone, or digits alone, are a word or a number as any: true, json, 86400.
const ordinary = 8

// isOrdinary tells of a value in a query that it is an ordinary word or number: as a secret it would hide these in all texts.
func isOrdinary(text string) bool {
	return len(text) < ordinary && (strings.IndexFunc(text, func(c rune) bool { return !unicode.IsLetter(c) }) < 0 || strings.IndexFunc(text, func(c rune) bool { return !unicode.IsDigit(c) }) < 0)
}

// gathered are the forms of secrets of which many may be the same.
type gathered struct {
	forms
	known map[string]bool // those that have been added
}

// add adds a secret, what it stands for if it is encoded, and how Base64 has it.
func (f *gathered) add(text string) {
	if len(text) >= enough && !f.known[text] {
		f.known[text] = true
		f.addDeep(text, deepestEscapes)
	}
}

func (f forms) addDeep(text string, levels int) {
	if len(text) < enough || levels == 0 {
		return
	}
	f.put(text)
	f.put(strings.ReplaceAll(text, " ", "+"))
	f.putBase64(text)
	for _, core := range base64Cores(text) {
		f.put(core)
	}
	if v := newView(text); v != nil {
		f.addDeep(v.text, levels-1)
	}
	if plain, err := url.QueryUnescape(text); err == nil && plain != text {
		f.addDeep(plain, levels-1)
	}
	bare := strings.TrimRight(text, "=")
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		plain, err := encoding.DecodeString(bare)
		if err != nil || !isText(plain) {
			continue
		}
		f.addDeep(string(plain), levels-1)
		if user, password, has := strings.Cut(string(plain), ":"); has {
			f.addDeep(user, levels-1)
			f.addDeep(password, levels-1)
		}
	}
}

func (f forms) put(form string) {
	if len(form) >= enough {
		f[lower(form)] = true
	}
}

// putBase64 adds what Base64 makes of a text, in both alphabets and with or without the end that fills it up.
func (f forms) putBase64(text string) {
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		f.put(encoding.EncodeToString([]byte(text)))
	}
}

// base64Cores are what Base64 makes of a text wherever it begins within a longer one, without the characters that tell of its neighbours, too.
func base64Cores(text string) (cores []string) {
	for before, foreign := range []int{0, 2, 3} { // bytes before it, and the characters that these have a part in
		encoded := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), text...))
		core := encoded[foreign : (before+len(text))*8/6]
		cores = append(cores, core, strings.ReplaceAll(strings.ReplaceAll(core, "+", "-"), "/", "_"))
	}
	return cores
}

// isText tells what somebody may read from bytes that only look as if they had been encoded.
func isText(b []byte) bool {
	return utf8.Valid(b) && strings.IndexFunc(string(b), func(c rune) bool { return !unicode.IsPrint(c) && !unicode.IsSpace(c) }) < 0
}
