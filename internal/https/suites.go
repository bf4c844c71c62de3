package https

import (
	"crypto/tls"
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// noSuites are those that are not offered unless somebody says what is not to be, as in Jetty: they sign with SHA-1, or keep no secrets for later.
var noSuites = []string{`.*_(MD5|SHA|SHA1)`, `TLS_RSA_.*`}

// Suites picks cipher suites by their names in Java, as Jetty does: the patterns of include, or all, without those of exclude. Those of TLS 1.3 are
// used all or none, so that they tell which versions of TLS there are suites for, too. An error says what is allowed.
func Suites(include, exclude []string) (suites []uint16, oldest, newest uint16, err error) {
	if len(exclude) == 0 {
		exclude = noSuites
	}
	var known, picked []string
	for _, s := range tls.CipherSuites() {
		known = append(known, s.Name)
	}
	for _, patterns := range [][]string{include, exclude} {
		for _, pattern := range patterns {
			if _, err := regexp.Compile(pattern); err != nil {
				return nil, 0, 0, fmt.Errorf("must be names of cipher suites, or patterns of them, and not %q", pattern)
			}
		}
	}
	all13, some13 := true, false
	for _, s := range tls.CipherSuites() {
		in := (len(include) == 0 || matches(s.Name, include)) && !matches(s.Name, exclude)
		is13 := slices.Equal(s.SupportedVersions, []uint16{tls.VersionTLS13})
		switch {
		case is13:
			all13, some13 = all13 && in, some13 || in
		case in:
			suites = append(suites, s.ID)
		}
		if in {
			picked = append(picked, s.Name)
		}
	}
	switch {
	case len(picked) == 0:
		return nil, 0, 0, fmt.Errorf("must leave at least one of the cipher suites that there are: %v", known)
	case some13 && !all13:
		return nil, 0, 0, errors.New("must have all cipher suites of TLS 1.3 or none, as they cannot be chosen one by one: TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256")
	case some13 && len(suites) == 0:
		return nil, tls.VersionTLS13, tls.VersionTLS13, nil
	case some13:
		return suites, tls.VersionTLS12, tls.VersionTLS13, nil
	}
	return suites, tls.VersionTLS12, tls.VersionTLS12, nil
}

// matches tells whether a name is all of one of the patterns.
func matches(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return regexp.MustCompile(`^(?:` + p + `)$`).MatchString(name) })
}

// Versions picks versions of TLS by their names in Java. Those before 1.2 are not offered, as by Java today. An error says what is allowed.
func Versions(include, exclude []string) (oldest, newest uint16, err error) {
	if len(include) == 0 {
		include = []string{"TLSv1.2", "TLSv1.3"}
	}
	for _, v := range []struct {
		name   string
		number uint16
	}{{"TLSv1.2", tls.VersionTLS12}, {"TLSv1.3", tls.VersionTLS13}} {
		if !slices.Contains(include, v.name) || matches(v.name, exclude) {
			continue
		}
		if newest = v.number; oldest == 0 {
			oldest = v.number
		}
	}
	if newest == 0 {
		return 0, 0, errors.New("must leave TLSv1.3 or TLSv1.2: older versions are not offered")
	}
	return oldest, newest, nil
}
