package spec

import (
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
	refuse := func(format string, args ...any) {
		r.refuseAsDruid(v, "Cannot construct instance of `org.apache.druid.data.input.impl.HttpInputSource`, problem: "+format, args...)
	}
	for _, uri := range h.URIs {
		u, err := url.Parse(uri)
		if len(l.HTTPProtocols) > 0 && (err != nil || !slices.Contains(l.HTTPProtocols, strings.ToLower(u.Scheme))) {
			refuse("Only [%s] protocols are allowed", strings.Join(l.HTTPProtocols, ", "))
		}
	}
	if h.lacksPassword {
		r.refuse(value{path: v.path + ".httpAuthenticationPassword.password"}, "must be the password: payloads are shown without it, so that it has to be given again")
	}
	for _, name := range h.headerNames {
		if !slices.Contains(l.HTTPHeaders, strings.ToLower(name)) {
			refuse("Got forbidden header [%s], allowed headers are only [[%s]]. You can control the allowed headers by updating druid.ingestion.http.allowedHeaders",
				name, strings.Join(l.HTTPHeaders, ", "))
		}
	}
	return r.failure()
}
