package source

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"ovate/internal/checksum"
	"ovate/internal/spec"
	"ovate/internal/uri"
)

// Policy is what the specs of others may make this process read.
type Policy struct {
	// AnyLocalFile allows every file that the process can read.
	AnyLocalFile bool
	// Roots are the folders whose files may be read otherwise. Symbolic links that lead out of them are refused.
	Roots []string
	// Uploads is a folder of folders of which each may be read by who knows its name, but not all together; empty: there is none.
	Uploads string
	// Own are the files and folders of this server itself, such as its database: they may not be read because a root holds them, but only where a root lies within one.
	Own []string
	// AllowPrivateHTTP allows HTTP to addresses that are not public: this machine, private networks, cloud metadata.
	AllowPrivateHTTP bool
	// HTTPProtocols are those that may be fetched by, redirects included; none means http and https.
	HTTPProtocols []string
	// AnyVariable allows every environment variable of this process as the password of HTTP, which the server that is asked gets to know.
	AnyVariable bool
	// Variables are the environment variables that may be used otherwise.
	Variables []string
	// Expected are the checksums of the files that a local source lists, in its order, where somebody has checked them: one that holds anything else
	// is not read to its end, but fails with a ChangedError. Empty: whatever they hold.
	Expected []checksum.Sum
	// Stalls counts the calls for local files that hang, of all tasks together.
	Stalls *Stalls

	opens func(path string) (*os.File, error) // what a test has in place of open
}

// Refused is what a policy does not allow.
type Refused struct{ error }

func (r Refused) Unwrap() error { return r.error }

// Check fails for a source that cannot be read because of the policy, without reading it: with Refused, but for a variable that is
// not set. Where the names of hosts and links within folders lead to is seen only by Open and by what it returns.
func (p Policy) Check(s spec.InputSource) error {
	switch s := s.(type) {
	case spec.LocalSource:
		return p.checkLocal(s)
	case spec.HTTPSource:
		for i, text := range s.URIs {
			if err := p.checkHost(text); err != nil {
				return fmt.Errorf("inputSource.uris[%d]: %s: %w", i, uri.Redact(text), err)
			}
		}
		_, err := p.password(s)
		return err
	}
	return nil
}

func (p Policy) checkLocal(s spec.LocalSource) error {
	if p.AnyLocalFile {
		return nil
	}
	if s.BaseDir != "" {
		if err := p.checkPath(s.BaseDir); err != nil {
			return fmt.Errorf("inputSource.baseDir: %w", err)
		}
	}
	for i, file := range s.Files {
		if err := p.checkPath(file); err != nil {
			return fmt.Errorf("inputSource.files[%d]: %w", i, err)
		}
	}
	return nil
}

// checkPatience is how long a file system may take before it is left to the task, which looks again anyway.
const checkPatience = 5 * time.Second

// checkPath leaves it to the task to find out whether there is such a file.
func (p Policy) checkPath(path string) error {
	ctx, cancel := context.WithTimeout(context.Background(), checkPatience)
	defer cancel()
	if p.Stalls.admit(ctx, path) != nil {
		return nil // the task will tell
	}
	var refused Refused
	if _, err := call(ctx, p.Stalls, path, func() (string, error) { return p.resolve(path) }, func(string) {}); errors.As(err, &refused) {
		return err
	}
	return nil
}

// checkHost refuses URIs that name a private address, or this machine.
func (p Policy) checkHost(text string) error {
	u, err := url.Parse(text)
	if err != nil || p.AllowPrivateHTTP {
		return nil
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		host = "127.0.0.1"
	}
	if _, err := netip.ParseAddr(host); err != nil {
		return nil // a name: its addresses are looked at when it connects
	}
	return checkPublic(net.JoinHostPort(host, "0"))
}

// password is what the server that is asked gets as the password.
func (p Policy) password(s spec.HTTPSource) (string, error) {
	if s.PasswordVariable == "" {
		return s.Password, nil
	}
	value, err := p.Variable(s.PasswordVariable)
	if err == nil {
		return value, nil
	}
	err = fmt.Errorf("inputSource.httpAuthenticationPassword.variable: %w", err)
	if refused := (Refused{}); errors.As(err, &refused) {
		err = Refused{err}
	}
	return "", err
}

// Variable is the value of an environment variable, which somebody else gets to know. The error, which is Refused if it may not be used, does not quote its
// name: what stands in its place may be the password itself.
func (p Policy) Variable(name string) (string, error) {
	if !p.AnyVariable && !slices.Contains(p.Variables, name) { // do not tell whether it is set
		return "", Refused{fmt.Errorf("this environment variable may not be used: those that may be are [%s] (property ovate.ingest.passwordVariables)",
			strings.Join(p.Variables, ", "))}
	}
	value, set := os.LookupEnv(name)
	if !set {
		return "", errors.New("no environment variable of this name is set for this server")
	}
	return value, nil
}
