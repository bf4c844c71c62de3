package api

import (
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// media is a set of media types that a route takes or gives.
type media uint8

const (
	anything    media = iota // consumes: the body, if any, is ignored; produces: JSON
	jsonOnly                 // application/json, as a method that declares it
	jsonOrSmile              // a method that declares nothing reads whatever has a reader: JSON in any spelling, and Smile
	plainText                // text/plain
)

const (
	contentJSON  = "application/json"
	contentSmile = "application/x-jackson-smile"
	contentText  = "text/plain"
	contentLog   = "text/plain;charset=utf-8"
)

// takes tells whether a request's body may be read by a route that consumes m. Without a body the type is not looked at.
func (m media) takes(r *http.Request) bool {
	if m == anything {
		return true
	}
	if r.Header.Get("Content-Type") == "" {
		return r.ContentLength == 0
	}
	given := mediaType(r)
	if m == jsonOnly {
		return given == contentJSON
	}
	_, subtype, _ := strings.Cut(given, "/")
	return given == contentSmile || subtype == "json" || strings.HasSuffix(subtype, "+json")
}

// mediaType is the lower-case type of the request's body, without parameters; "" if there is none that can be read.
func mediaType(r *http.Request) string {
	given, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return ""
	}
	return given
}

// accepted tells whether what a route produces is among what the client accepts. No Accept header, or an empty one,
// accepts everything.
func (m media) accepted(r *http.Request) bool {
	headers := r.Header.Values("Accept")
	if strings.TrimSpace(strings.Join(headers, "")) == "" {
		return true
	}
	own := contentJSON
	if m == plainText {
		own = contentText
	}
	family, _, _ := strings.Cut(own, "/")
	best, quality := 0, 0.0 // of several ranges that match, the most specific one decides
	for _, header := range headers {
		for item := range strings.SplitSeq(header, ",") {
			name, q := weighted(item)
			specific := 0
			switch name {
			case own:
				specific = 3
			case family + "/*":
				specific = 2
			case "*/*", "*":
				specific = 1
			}
			if specific > best || specific == best && q > quality {
				best, quality = specific, q
			}
		}
	}
	return best > 0 && quality > 0
}

// acceptsGzip tells whether the client offers to take gzip.
func acceptsGzip(r *http.Request) bool {
	named, wild := -1.0, -1.0
	for _, header := range r.Header.Values("Accept-Encoding") {
		for item := range strings.SplitSeq(header, ",") {
			switch name, q := weighted(item); name {
			case "gzip", "x-gzip":
				named = max(named, q)
			case "*":
				wild = max(wild, q)
			}
		}
	}
	return named > 0 || named < 0 && wild > 0
}

// weighted splits "text/html;level=1;q=0.4" into its lower-case name and its quality, which is 1 unless given.
func weighted(item string) (name string, q float64) {
	name, rest, _ := strings.Cut(item, ";")
	q = 1
	for param := range strings.SplitSeq(rest, ";") {
		key, value, _ := strings.Cut(param, "=")
		if strings.EqualFold(strings.TrimSpace(key), "q") {
			if v, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil {
				q = v
			}
		}
	}
	return strings.ToLower(strings.TrimSpace(name)), q
}
