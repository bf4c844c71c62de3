// Package uri tells what may be shown of a URI.
package uri

import (
	"net/url"
	"strings"
)

// Redact is a URI as it may be shown: http://***@host/path?*** for one with a user or a query, in which people put
// passwords and tokens. It need not be well-formed.
func Redact(uri string) string {
	begin := 0
	_, rest, found := strings.Cut(uri, "://")
	if !found {
		rest, found = strings.CutPrefix(uri, "//")
	}
	if found {
		begin = len(uri) - len(rest)
	}
	end := len(uri) // of what a user may stand in, which is all of a URI that makes no sense
	if u, err := url.Parse(uri); err == nil && u.Host != "" {
		end = begin + strings.IndexAny(uri[begin:]+"/", "/?#")
	}
	if path, _, _ := strings.Cut(uri[end:], "?"); strings.Contains(path, "://") { // more of them, as in a list with commas
		end += len(path)
	}
	shown := uri
	if at := strings.LastIndexByte(uri[begin:end], '@'); at >= 0 {
		shown = uri[:begin] + "***" + uri[begin+at:]
	}
	if colon := strings.IndexByte(uri[begin:], ':'); found && colon >= 0 && !strings.Contains(uri, "@") {
		if _, err := url.Parse(uri); err != nil { // what should be a port may be a password whose @ is missing
			return uri[:begin+colon+1] + "***"
		}
	}
	if i := strings.IndexAny(shown, "?#"); i >= 0 && i+1 < len(shown) {
		shown = shown[:i+1] + "***"
	}
	return shown
}
