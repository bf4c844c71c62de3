package spec

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Limits is what the operator of a server allows specs to ask for.
type Limits struct {
	HTTPProtocols []string // in lower case; none means http and https
	HTTPHeaders   []string // names of request headers, in lower case
}

// Check refuses what the limits do not allow. The error is an *Error.
func (s *Ingestion) Check(l Limits) error {
	h, ok := s.IO.Source.(HTTPSource)
	if !ok {
		return nil
	}
	r := &reader{taskType: s.Type}
	v := value{path: "spec.ioConfig.inputSource"}
	for i, uri := range h.URIs {
		u, err := url.Parse(uri)
		if len(l.HTTPProtocols) > 0 && (err != nil || !slices.Contains(l.HTTPProtocols, strings.ToLower(u.Scheme))) {
			r.refuse(value{path: fmt.Sprintf("%s.uris[%d]", v.path, i)}, "must be of a protocol that is allowed, which are [%s] (property druid.ingestion.http.allowedProtocols), but is %s",
				strings.Join(l.HTTPProtocols, ", "), quoted(uri))
		}
	}
	if h.misspelt != nil {
		return h.misspelt
	}
	switch password := (value{path: v.path + ".httpAuthenticationPassword"}); {
	case h.lacksPassword:
		r.refuse(password.field("password"), "must be the password: payloads are shown without it, so that it has to be given again")
	case h.LacksPassword():
		r.refuse(password, `is missing: it must be the password of the httpAuthenticationUsername, or "" if that has none`)
	}
	for _, name := range h.headerNames {
		if !slices.Contains(l.HTTPHeaders, strings.ToLower(name)) {
			r.refuse(value{path: v.path + ".requestHeaders"}, "has the header %s, but those that may be sent are [%s] (property druid.ingestion.http.allowedHeaders)",
				quoted(name), strings.Join(l.HTTPHeaders, ", "))
		}
	}
	return r.failure()
}
