package cluster

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
)

// CheckHost refuses what is neither the name of a host nor an address: what else may stand in a URL, a path, say, or a user, would have others asked for
// something else, or somebody else asked.
func CheckHost(host string) error {
	if a, err := netip.ParseAddr(host); err == nil && a.Zone() == "" {
		return nil
	}
	odd := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-._", r)
	}
	if host == "" || strings.ContainsFunc(host, odd) {
		return fmt.Errorf("its host is %q, which is neither a name nor an address", host)
	}
	return nil
}

// CheckURL refuses what is not the URL of a server alone, such as https://host:port.
func CheckURL(address string) error {
	u, err := url.Parse(address)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Scheme+"://"+u.Host == address && CheckHost(u.Hostname()) == nil {
		return nil
	}
	return fmt.Errorf("%q is not the URL of a server, as http://host:port is", address)
}
