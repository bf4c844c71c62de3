package secret

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"

	"ovate/internal/jsontext"
)

// cutURI is a URI as it is shown, with something hidden in it.
var cutURI = regexp.MustCompile(`://(\*\*\*@|[^\s"'<>()\[\]]*[?;#:]\*\*\*)`)

// Placeholder is where JSON, which must be valid, has what Hide puts in the place of a secret, such as spec.ioConfig.consumerProperties.password: somebody
// has sent what was shown. It is empty if that is nowhere.
func Placeholder(given []byte) (path string) {
	given = bytes.TrimSpace(given)
	return placeholder("", given, false)
}

func placeholder(path string, value []byte, secret bool) string {
	switch value[0] {
	case '{':
		for key, member := range jsontext.Members(value) {
			name := string(jsontext.Unescape(nil, key))
			at := name
			if path != "" {
				at = path + "." + name
			}
			if found := placeholder(at, member, secretMember(name, secret)); found != "" {
				return found
			}
		}
	case '[':
		i := 0
		for element := range jsontext.Elements(value) {
			if found := placeholder(path+"["+strconv.Itoa(i)+"]", element, secret); found != "" {
				return found
			}
			i++
		}
	case '"':
		text := jsontext.Unescape(nil, value[1:len(value)-1])
		if !bytes.Contains(text, []byte("***")) {
			return ""
		}
		in := shower{tells: true}
		in.inText(string(text))
		if secret && string(text) == "***" || cutURI.Match(text) || slices.Contains(in.found, "***") {
			return path
		}
	}
	return ""
}
