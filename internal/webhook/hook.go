// Package webhook tells other servers what becomes of tasks: by a POST for each event, signed, and sent again until it is taken.
//
// What is to be told is a record that is written in the same transaction as what it tells of (metadata.TaskWatcher), and goes once a receiver has taken it: so each event is
// told at least once, whenever the process ends. Events of one task are told in their order. What a Java Overlord does while it leads is not told.
package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ovate/druid"
	"ovate/internal/ingest/source"
	"ovate/internal/label"
	"ovate/internal/seal"
)

// Events that a hook may be told of. Test comes when somebody asks for it.
const (
	TaskSubmitted = "task.submitted"
	TaskSucceeded = "task.succeeded"
	TaskFailed    = "task.failed"
	Test          = "test"
)

// EventNames are those that a hook may ask for.
func EventNames() []string { return []string{TaskSubmitted, TaskSucceeded, TaskFailed} }

// Hook is who is told of what.
type Hook struct {
	ID      string        `json:"id"`
	Created druid.Instant `json:"created"`
	URL     string        `json:"url"`
	// Events are those wanted; none is all.
	Events []string `json:"events,omitempty"`
	// DataSource, Type and Labels (KEY=VALUE) are those of the tasks that are told of; none is any.
	DataSource string   `json:"dataSource,omitempty"`
	Type       string   `json:"type,omitempty"`
	Labels     []string `json:"labels,omitempty"`
	// Secret signs what is told. It is never shown.
	Secret string `json:"secret"`
	// By is who has made it; empty of those made by earlier versions.
	By string `json:"by,omitempty"`
}

// Fault is what is wrong with a hook, and the field.
type Fault struct{ Field, Detail string }

const (
	shortestSecret, longestSecret = 16, 200
	longestURL                    = 2000
)

// Faults are all that is wrong with a hook. private tells that it may be in a private network.
func (h *Hook) Faults(private bool) (faults []Fault) {
	fault := func(field, format string, args ...any) {
		faults = append(faults, Fault{field, fmt.Sprintf(format, args...)})
	}
	u, err := url.Parse(h.URL)
	switch {
	case err != nil || len(h.URL) > longestURL || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		fault("url", "must be http://HOST/PATH or https://HOST/PATH, of at most %d bytes", longestURL)
	case u.User != nil:
		fault("url", "must have no user and no password: what is sent is signed with the secret")
	case u.Fragment != "":
		fault("url", "must have no #, as nothing behind it is sent")
	default:
		if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !private && !source.IsPublic(ip) {
			fault("url", "%s", notPublic(ip))
		}
	}
	for _, name := range h.Events {
		if !slices.Contains(EventNames(), name) {
			fault("events", "has [%.80s], but must be of %s", name, strings.Join(EventNames(), ", "))
		}
	}
	for _, one := range h.Labels {
		if _, err := label.Parse(one); err != nil || one == "" || strings.Contains(one, ",") {
			fault("labels", "has [%.200s], but must be KEY=VALUE each", one)
		}
	}
	if seal.IsSealed(h.Secret) {
		fault("secret", "must not begin as what is sealed in the metadata does")
	} else if n := len(h.Secret); n < shortestSecret || n > longestSecret {
		fault("secret", "must have %d to %d bytes, but has %d", shortestSecret, longestSecret, n)
	} else if _, err := h.key(); err != nil {
		fault("secret", "begins with whsec_, but what follows is no base64")
	}
	return faults
}

func notPublic(ip netip.Addr) string {
	return fmt.Sprintf("%s is not a public address, and webhooks go to no others (property ovate.webhooks.allowPrivate)", ip)
}

// key is what signs: the secret, or, where it has the form of the Standard Webhooks, what it stands for.
func (h *Hook) key() ([]byte, error) {
	if text, is := strings.CutPrefix(h.Secret, "whsec_"); is {
		return base64.StdEncoding.DecodeString(text)
	}
	return []byte(h.Secret), nil
}

// Problem is why a hook is told of nothing at present; empty if it is told. What it is to be told is kept meanwhile, however long that takes.
func (h *Hook) Problem() string {
	if !seal.IsSealed(h.Secret) && !seal.IsSealed(h.URL) {
		return ""
	}
	return "Its secret is sealed in the metadata, and no key of this server opens it (ovate.store.keyFile). What it is to be told is kept until one does."
}

// sign is the signature of what is sent at a time, in seconds since 1970, as the Standard Webhooks have it.
func (h *Hook) sign(id string, seconds int64, body []byte) (string, error) {
	key, err := h.key()
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, strconv.FormatInt(seconds, 10), body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// wants tells whether a hook is told of an event.
func (h *Hook) wants(e *event) bool {
	return (len(h.Events) == 0 || slices.Contains(h.Events, e.name)) && (h.DataSource == "" || h.DataSource == e.about.dataSource) &&
		(h.Type == "" || h.Type == e.about.typ) && label.Has(e.about.labels, h.Labels)
}
