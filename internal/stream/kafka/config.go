package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"ovate/internal/secret"
)

// Policy is what the specs of others may make this process do.
type Policy struct {
	// Roots are the folders below which files for TLS may be; nowhere else.
	Roots []string
	// Variable is the value of an environment variable, which the brokers may get to know. Its error says why there is none, without the name, which may be
	// a password that was put in the wrong place. nil: none may be used.
	Variable func(name string) (string, error)
	// Dial connects to a broker; nil: to whichever address.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

func (p Policy) variable(name string) (string, error) {
	if p.Variable == nil {
		return "", errors.New("names an environment variable, none of which may be used")
	}
	value, err := p.Variable(name)
	if err != nil {
		return "", fmt.Errorf("names an environment variable: %w", err)
	}
	return value, nil
}

// Config is how brokers are reached. It keeps its secrets to itself, however it is printed.
type Config struct {
	options   []kgo.Opt
	connect   func(ctx context.Context, network, address string) (net.Conn, error)
	committed bool                // readers see what is committed alone
	timeout   time.Duration       // of one question
	hide      func(string) string // is a text as it may be shown
	unknown   []string
	identity  identity // of what it was read from
}

// Unknown are names of properties that no consumer of Kafka has: they are as good as not there, and may be a slip of the pen.
func (c Config) Unknown() []string { return c.unknown }

// PropertyError is a property whose value cannot be used. It shows no value that may be a secret.
type PropertyError struct {
	Property string // empty: consumerProperties as a whole
	Problem  string
}

func (e *PropertyError) Error() string {
	if e.Property == "" {
		return "consumerProperties " + e.Problem
	}
	return fmt.Sprintf("consumerProperties[%q] %s", e.Property, e.Problem)
}

// The names of properties that are used; those for TLS follow in tls.go.
const (
	bootstrapKey      = "bootstrap.servers"
	clientKey         = "client.id"
	protocolKey       = "security.protocol"
	mechanismKey      = "sasl.mechanism"
	jaasKey           = "sasl.jaas.config"
	isolationKey      = "isolation.level"
	apiTimeoutKey     = "default.api.timeout.ms"
	requestTimeoutKey = "request.timeout.ms"
	setupTimeoutKey   = "socket.connection.setup.timeout.ms"
	idleKey           = "connections.max.idle.ms"
	providerKey       = "druid.dynamic.config.provider"
)

// ParseConfig reads the JSON of a spec's consumerProperties. The error joins a *PropertyError for each property that cannot be used.
func ParseConfig(consumerProperties []byte, policy Policy) (Config, error) {
	p := parser{policy: policy}
	p.values = values(consumerProperties, policy, p.wrong)
	if p.values == nil {
		return Config{}, errors.Join(p.errs...)
	}
	var c Config
	for _, name := range slices.Sorted(maps.Keys(p.values)) {
		refused, known := treat(name, p.values[name])
		if refused != "" {
			p.wrong(name, refused)
		} else if !known {
			c.unknown = append(c.unknown, name)
		}
	}
	c.committed = p.oneOf(isolationKey, "read_committed", "read_committed", "read_uncommitted") == "read_committed"
	c.timeout = p.millis(apiTimeoutKey, time.Minute, time.Millisecond, 24*time.Hour)
	setup := p.millis(setupTimeoutKey, 10*time.Second, time.Millisecond, 24*time.Hour)
	protocol := p.oneOf(protocolKey, "PLAINTEXT", "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
	d := dialer{dial: policy.Dial, timeout: setup}
	if strings.HasSuffix(protocol, "SSL") {
		d.tls = p.tls()
	}
	if strings.HasPrefix(protocol, "SASL") {
		c.options = append(c.options, p.sasl())
	} else {
		p.login()
	}
	if id := p.values[clientKey]; id != "" {
		c.options = append(c.options, kgo.ClientID(id))
	}
	// The library has bounds of its own for these two.
	request := p.millis(requestTimeoutKey, 30*time.Second, 100*time.Millisecond, 15*time.Minute)
	idle := p.millis(idleKey, 9*time.Minute, 100*time.Millisecond, 15*time.Minute)
	c.options = append(c.options, kgo.SeedBrokers(p.servers()...), kgo.RequestTimeoutOverhead(request), kgo.ConnIdleTimeout(idle),
		kgo.RetryTimeout(c.timeout), kgo.DisableClientMetrics())
	c.connect = d.connect
	c.hide = secret.Hider(p.secrets)
	c.identity = identify(p.values, p.files)
	if len(p.errs) > 0 {
		return Config{}, errors.Join(p.errs...)
	}
	return c, nil
}

// parser reads properties, and gathers what is wrong with them and what of them is secret.
type parser struct {
	policy  Policy
	values  map[string]string
	errs    []error
	secrets []string
	files   []string // what is in those that were read
}

func (p *parser) wrong(property, problem string) {
	p.errs = append(p.errs, &PropertyError{property, problem})
}

// oneOf is the value of a property that has one of some, whether in small or capital letters.
func (p *parser) oneOf(name, unset string, allowed ...string) string {
	value, set := p.values[name]
	if !set {
		return unset
	}
	for _, one := range allowed {
		if strings.EqualFold(strings.TrimSpace(value), one) {
			return one
		}
	}
	p.wrong(name, "must be one of "+strings.Join(allowed, ", "))
	return unset
}

// millis is that of a property, or the nearest that is possible here.
func (p *parser) millis(name string, unset, least, most time.Duration) time.Duration {
	value, set := p.values[name]
	if !set {
		return unset
	}
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	if err != nil || n < 0 {
		p.wrong(name, "must be a whole number of milliseconds, such as "+strconv.FormatInt(unset.Milliseconds(), 10))
		return unset
	}
	return min(max(time.Duration(min(n, most.Milliseconds()))*time.Millisecond, least), most)
}

// servers are the brokers that are asked first: HOST:PORT, HOST:PORT, each of which may have the name of a protocol before it, as in Java.
func (p *parser) servers() (all []string) {
	const right = "must name brokers as HOST:PORT, several with commas between, such as kafka1:9092,kafka2:9092"
	for server := range strings.SplitSeq(p.values[bootstrapKey], ",") {
		if server = strings.TrimSpace(server); server == "" {
			continue
		}
		if i := strings.Index(server, "://"); i >= 0 {
			server = server[i+len("://"):]
		}
		host, port, err := net.SplitHostPort(server)
		if n, bad := strconv.Atoi(port); err != nil || host == "" || bad != nil || n < 1 || n > 65535 || strings.ContainsAny(host, "@/ ") {
			p.wrong(bootstrapKey, right)
			return nil
		}
		all = append(all, net.JoinHostPort(host, port))
	}
	if len(all) == 0 {
		p.wrong(bootstrapKey, right)
	}
	return all
}
