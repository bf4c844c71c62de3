package sqldb

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ovate/internal/password"
)

// target is what a JDBC URL and the properties beside it tell.
type target struct {
	hosts          []string // with ports
	database       string
	user, password string
	options        *options
	ignored        []string      // options that have no effect here, and would have one in Java, perhaps
	patience       time.Duration // with one statement
	connect        time.Duration // how long connecting may take
}

// String is the place, without user and password.
func (t target) String() string { return strings.Join(t.hosts, ",") + "/" + t.database }

// options are those of a URL. Each is taken once; what is left in the end is not understood.
type options struct {
	values map[string]string
	err    error
}

// take returns the value of an option, or an empty text.
func (o *options) take(name string) string {
	value := o.values[name]
	delete(o.values, name)
	return value
}

func (o *options) bool(name string) (value bool) {
	switch text := o.take(name); strings.ToLower(text) {
	case "", "false":
	case "true":
		value = true
	default:
		o.refuse(name, text, "true or false")
	}
	return value
}

// duration is a number of units, 0 if there is none.
func (o *options) duration(name string, unit time.Duration) time.Duration {
	text := o.take(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		o.refuse(name, text, "a whole number")
	}
	return time.Duration(n) * unit
}

// one is an option that has one of some values; the first is taken if there is none.
func (o *options) one(name string, allowed ...string) string {
	text := o.take(name)
	if text == "" {
		return allowed[0]
	}
	if i := slices.IndexFunc(allowed, func(a string) bool { return strings.EqualFold(a, text) }); i >= 0 {
		return allowed[i]
	}
	o.refuse(name, text, strings.TrimPrefix(strings.Join(allowed, ", "), ", "))
	return allowed[0]
}

func (o *options) refuse(name, value, want string) {
	if o.err == nil {
		o.err = fmt.Errorf("option %s of the URL is %q, and must be %s", name, value, want)
	}
}

// guarded are the options, by parts of their names, that no version of a driver gives up without telling: those by which a connection is encrypted
// and both sides prove who they are, and those that load files and classes.
var guarded = regexp.MustCompile(`(?i)ssl|tls|cert|trust|store|cipher|encrypt|auth|channelbinding|password|pinned|rsa|krb|gss|kerberos|jaas|sspi|` +
	`file|class|factory|plugin|interceptor|transform|deserialize|handler|provider|credential`)

// done tells of what nobody took: it returns the names of options that have no effect here, or an error for one that is guarded, as what was asked
// for would not be done. harmless are options that change nothing here.
func (o *options) done(known string, harmless ...string) (ignored []string, err error) {
	for _, name := range harmless {
		delete(o.values, name)
	}
	var refused []string
	for _, name := range slices.Sorted(maps.Keys(o.values)) {
		if guarded.MatchString(name) {
			refused = append(refused, name)
		} else {
			ignored = append(ignored, name)
		}
	}
	if o.err == nil && len(refused) > 0 {
		o.err = fmt.Errorf("the URL has options that are not known here, and that say how the connection is protected or what is loaded: %s; those that are known are %s",
			strings.Join(refused, ", "), known)
	}
	return ignored, o.err
}

const (
	patience       = time.Minute
	connectTimeout = 10 * time.Second
)

// parseTarget reads druid.metadata.storage.connector.*.
func parseTarget(o Config) (target, *dialect, error) {
	scheme, rest, ok := strings.Cut(strings.TrimPrefix(o.ConnectURI, "jdbc:"), ":")
	var d *dialect
	port := ""
	switch {
	case !ok || !strings.HasPrefix(o.ConnectURI, "jdbc:"):
	case scheme == "postgresql":
		d, port = &postgresql, "5432"
	case scheme == "mysql", scheme == "mariadb":
		d, port = &mysqlDialect, "3306"
	}
	fail := func(err error) (target, *dialect, error) {
		return target{}, nil, fmt.Errorf("druid.metadata.storage.connector.connectURI: %w", err)
	}
	if d == nil {
		return fail(errors.New("it must be jdbc:postgresql://HOST:PORT/DATABASE or jdbc:mysql://HOST:PORT/DATABASE"))
	}
	if d == &mysqlDialect {
		rest = withoutMode(rest)
	}
	t, err := parseURL(rest, port)
	if err != nil {
		return fail(err)
	}
	t.user = cmp.Or(o.User, t.options.take("user"))
	delete(t.options.values, "user")
	env := o.Env
	if env == nil {
		env = os.LookupEnv
	}
	if t.password, err = password.Read(o.Password, env); err != nil {
		return target{}, nil, fmt.Errorf("druid.metadata.storage.connector.password: %w", err)
	}
	t.password = cmp.Or(t.password, t.options.take("password"))
	delete(t.options.values, "password")
	return t, d, nil
}

// withoutMode leaves out how the drivers of MySQL and MariaDB choose among several hosts. Here it is the first that can be written to, in every case.
func withoutMode(rest string) string {
	mode, hosts, ok := strings.Cut(rest, "//")
	if ok && slices.Contains([]string{"sequential:", "failover:", "replication:", "loadbalance:", "load-balance-read:"}, mode) {
		return "//" + hosts
	}
	return rest
}

// parseURL reads what follows the scheme: //host:port,host:port/database?option=value&…
func parseURL(rest, port string) (t target, err error) {
	rest, query, _ := strings.Cut(rest, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return t, errors.New("its options must be of the form name=value&name=value") // what it holds may be secret
	}
	t.options = &options{values: map[string]string{}}
	for name, v := range values {
		t.options.values[name] = v[len(v)-1]
	}
	t.patience, t.connect = patience, connectTimeout
	hosts := "localhost"
	if authority, ok := strings.CutPrefix(rest, "//"); ok {
		hosts, rest, _ = strings.Cut(authority, "/")
	}
	if strings.Contains(hosts, "@") {
		return t, errors.New("user and password must stand in druid.metadata.storage.connector.user and .password, not before the host")
	}
	if strings.ContainsAny(hosts, "()=") {
		return t, errors.New("hosts must be written as HOST:PORT,HOST:PORT")
	}
	for host := range strings.SplitSeq(hosts, ",") {
		if host == "" {
			host = "localhost"
		}
		if _, _, err := net.SplitHostPort(host); err != nil {
			host = net.JoinHostPort(strings.Trim(host, "[]"), port)
		}
		t.hosts = append(t.hosts, host)
	}
	if t.database, err = url.PathUnescape(rest); err != nil || t.database == "" {
		return t, errors.New("it must end with the name of a database, such as /druid")
	}
	return t, nil
}
