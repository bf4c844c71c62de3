package spec

import (
	"net/url"
	"slices"
	"strings"

	"ovate/internal/spelling"
	"ovate/internal/uri"
)

const supportedSources = "input sources can be inline, local or http"

func (r *reader) inputSource(v value) InputSource {
	if !r.present(v, "the type inline, local or http and what belongs to it") {
		return InlineSource{}
	}
	switch t := v.field("type"); r.text(t, "") {
	case "combining", "druid", "generator", "sql", "s3", "google", "azure", "azureStorage", "hdfs", "delta", "iceberg", "oss":
		r.unsupported(t, supportedSources)
		return InlineSource{}
	}
	// The ids are those that Druid lists, so that its answer and ours are the same.
	switch r.typeOf(v, "org.apache.druid.data.input.InputSource", "combining", "druid", "generator", "http", "inline", "local", "sql") {
	case "local":
		return r.localSource(v)
	case "http":
		return r.httpSource(v)
	case "":
		return InlineSource{} // of no type that is known, so that nobody knows its fields
	}
	s := InlineSource{Data: r.anyText(v.field("data"), "")}
	if s.Data == "" {
		r.refuse(v.field("data"), "must be the data itself, but is empty")
	}
	return s
}

func (s InlineSource) appendJSON(dst []byte) []byte {
	e := beginObject(dst)
	e.text("type", "inline")
	e.text("data", s.Data)
	return e.end()
}

func (r *reader) localSource(v value) LocalSource {
	r.noSystemFields(v)
	s := LocalSource{BaseDir: r.path(v.field("baseDir")), Filter: r.filter(v.field("filter"))}
	s.hasFilter = !v.field("filter").missing()
	for _, item := range r.list(v.field("files")) {
		file := r.path(item)
		if file == "" {
			r.refuse(item, "must be the path of a file, but is %s", item.shown())
		}
		s.Files = append(s.Files, file)
	}
	if s.BaseDir == "" && len(s.Files) == 0 {
		r.refuse(v, "must have a baseDir with a filter, or files")
	}
	if s.BaseDir != "" && !s.hasFilter {
		r.refuse(v.field("filter"), `is missing: it says which files of baseDir to read, for example "*.json"`)
	}
	return s
}

// path is a path as cleanPath writes it. A URI is refused: it would be taken for a path that does not exist, and shown with its password.
func (r *reader) path(v value) string {
	given := r.anyText(v, "")
	if scheme, _, found := strings.Cut(strings.TrimSpace(given), "://"); found && !strings.ContainsAny(scheme, "/ ") && scheme != "file" {
		r.refuse(v, `must be a path on the server's machine, but is the URI %s; an inputSource of type "http" has uris`, quoted(strings.TrimSpace(given)))
	}
	return cleanPath(given)
}

// mostFilter is how many bytes a pattern has at most. Names of files have 255, of which each is held against it.
const mostFilter = 4096

// filter is a pattern for the names of files. A URI is refused, as it can be none.
func (r *reader) filter(v value) string {
	given := r.anyText(v, "")
	if len(given) > mostFilter {
		r.refuse(v, "must be a pattern of at most %d bytes for the names of files, but has %d", mostFilter, len(given))
		return ""
	}
	if strings.Contains(given, "://") {
		r.refuse(v, `must be a pattern for the names of files, such as "*.json", but is the URI %s`, quoted(given))
	}
	return given
}

// cleanPath writes a path as Java's File does: without blanks around it, repeated slashes and a slash at the end.
func cleanPath(path string) string {
	path = strings.TrimSpace(path)
	var clean strings.Builder
	for i := range len(path) {
		if path[i] != '/' || i == 0 || path[i-1] != '/' {
			clean.WriteByte(path[i])
		}
	}
	if path = clean.String(); len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	return path
}

// noSystemFields refuses columns made from the names of files.
func (r *reader) noSystemFields(v value) {
	if f := v.field("systemFields"); len(r.list(f)) > 0 {
		r.unsupported(f, "leave systemFields out")
	}
}

func (s LocalSource) appendJSON(dst []byte) []byte {
	e := beginObject(dst)
	e.text("type", "local")
	if s.BaseDir != "" {
		e.text("baseDir", s.BaseDir)
	}
	if s.hasFilter || s.Filter != "" {
		e.text("filter", s.Filter)
	}
	if len(s.Files) > 0 {
		e.texts("files", s.Files)
	}
	return e.end()
}

func (r *reader) httpSource(v value) HTTPSource {
	r.noSystemFields(v)
	var s HTTPSource
	uris := v.field("uris")
	if !uris.missing() && uris.kind == text {
		r.refuse(uris, "must be a list, but is %s", quoted(uri.Redact(uris.text)))
	}
	for i, item := range r.list(uris) {
		raw := strings.TrimSpace(r.anyText(item, ""))
		r.uri(uris.item(i), raw)
		s.URIs = append(s.URIs, raw)
	}
	if len(s.URIs) == 0 {
		r.refuse(uris, "must be a list of at least one http or https URI")
	}
	user := v.field("httpAuthenticationUsername")
	s.User, s.hasUser = r.text(user, ""), !user.missing()
	r.password(v.field("httpAuthenticationPassword"), &s)
	r.headers(v.field("requestHeaders"), &s)
	s.misspelt = r.misspelt(v)
	return s
}

// misspelt finds a property that http input does not have and that is so like one of those it has that it is probably meant.
func (r *reader) misspelt(v value) *Error {
	known := []string{"type", "uris", "httpAuthenticationUsername", "httpAuthenticationPassword", "requestHeaders", "systemFields"}
	for _, f := range v.fields {
		if slices.Contains(known, f.name) {
			continue
		}
		if near := spelling.Nearest(f.name, known); near != "" {
			return &Error{Path: v.field(f.name).path, Problem: "is no property of http input, did you mean " + near + "?"}
		}
	}
	return nil
}

// LacksPassword tells whether there is nothing to log in with though somebody is to log in. An empty password is one, if it is given.
func (s HTTPSource) LacksPassword() bool {
	return s.lacksPassword || s.User != "" && !s.hasPassword && s.Password == "" && s.PasswordVariable == ""
}

// uri refuses what is no URI by the letter of RFC 2396, which Java goes by, or has another protocol than HTTP.
func (r *reader) uri(v value, raw string) {
	if i := strings.IndexAny(raw, " \"<>\\^`{|}"); i >= 0 {
		r.refuse(v, "must be a URI, but %s has a character that must be percent-encoded at position %d", quoted(uri.Redact(raw)), i)
		return
	}
	u, err := url.Parse(raw)
	shown := quoted(uri.Redact(raw))
	switch {
	case err != nil && uri.Redact(raw) != raw: // the error would show more
		r.refuse(v, "must be a URI, but is %s", shown)
	case err != nil:
		r.refuse(v, "must be a URI, but is %s: %v", shown, err)
	case u.Scheme != "http" && u.Scheme != "https":
		r.refuse(v, "must be a URI whose protocol is http or https, but is %s", shown)
	case u.Host == "":
		r.refuse(v, "must be a URI with a host, but is %s", shown)
	case strings.Count(raw, "#") > 1 || strings.ContainsAny(u.EscapedPath(), "[]"):
		r.refuse(v, "must be a URI, but %s has a # or a bracket that must be percent-encoded", shown)
	}
}

// headers reads the header fields of a request, which Limits may forbid.
func (r *reader) headers(v value, s *HTTPSource) {
	v.secret = true
	if !r.object(v) {
		return
	}
	s.Headers = map[string]string{}
	for _, f := range v.fields {
		name, given := f.name, v.field(f.name)
		i := strings.IndexFunc(name, func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, c) })
		switch {
		case name == "":
			r.refuse(v, "has an empty name, which cannot be the name of a header field")
		case i >= 0: // somebody may have put the whole line there
			r.refuse(v, "has what begins with %s, which cannot be the name of a header field because of the character at position %d", quoted(name[:i]), i)
		}
		content := r.text(given, "")
		if given.missing() || strings.ContainsAny(content, "\r\n\x00") {
			r.refuse(given, "must be the text of a header field, but is %s", given.shown())
		}
		if _, twice := s.Headers[name]; !twice {
			s.headerNames = append(s.headerNames, name)
		}
		s.Headers[name] = content
	}
}

// HasSecret tells whether there is something that is not shown, and that the JSON of the source leaves out.
func (s HTTPSource) HasSecret() bool {
	return s.hasPassword || s.Password != "" || s.PasswordVariable != "" || slices.ContainsFunc(s.URIs, func(raw string) bool { return uri.Redact(raw) != raw }) ||
		slices.ContainsFunc(s.headerNames, func(name string) bool { return !isOpen(name) })
}

// SecretHeaders are the values of the header fields that are not shown.
func (s HTTPSource) SecretHeaders() []string {
	var values []string
	for name, value := range s.Headers {
		if !isOpen(name) {
			values = append(values, value)
		}
	}
	return values
}

// isOpen tells whether a header field says nothing that a server lets somebody in for.
func isOpen(header string) bool {
	switch strings.ToLower(header) {
	case "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "content-type", "user-agent":
		return true
	}
	return false
}

// password reads a text or one of Druid's password providers, default and environment.
func (r *reader) password(v value, s *HTTPSource) {
	v.secret = true
	s.hasPassword = !v.missing()
	switch {
	case v.missing():
	case v.kind == text:
		s.Password = v.text
	case v.kind != object:
		r.refuse(v, `must be the password, a text, or an object of the type "default" or "environment", but is %s`, v.shown())
	default:
		r.passwordProvider(v, s)
	}
}

func (r *reader) passwordProvider(v value, s *HTTPSource) {
	switch typ := v.field("type"); r.text(typ, "default") {
	case "default":
		s.Password = r.text(v.field("password"), "")
		s.lacksPassword = v.field("password").missing()
	case "environment":
		name := v.field("variable")
		if s.PasswordVariable = r.text(name, ""); s.PasswordVariable == "" {
			r.refuse(name, "must be the name of an environment variable")
		}
	default:
		r.refuse(typ, `must be "default", which takes the password, or "environment", which takes the name of a variable, but is %s`, typ.shown())
	}
}

func (s HTTPSource) appendJSON(dst []byte) []byte {
	e := beginObject(dst)
	e.text("type", "http")
	shown := make([]string, len(s.URIs))
	for i, raw := range s.URIs {
		shown[i] = uri.Redact(raw)
	}
	e.texts("uris", shown)
	if s.hasUser || s.User != "" {
		e.text("httpAuthenticationUsername", s.User)
	}
	switch {
	case s.PasswordVariable != "":
		e.name("httpAuthenticationPassword")
		p := beginObject(e.dst)
		p.text("type", "environment")
		p.text("variable", s.PasswordVariable)
		e.dst = p.end()
	case s.hasPassword || s.Password != "":
		e.raw("httpAuthenticationPassword", `{"type":"default","password":null}`)
	}
	e.name("requestHeaders")
	h := beginObject(e.dst)
	for _, name := range s.headerNames {
		if isOpen(name) {
			h.text(name, s.Headers[name])
		} else {
			h.text(name, "***")
		}
	}
	e.dst = h.end()
	return e.end()
}
