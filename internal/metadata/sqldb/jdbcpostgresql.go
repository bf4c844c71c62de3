package sqldb

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// postgresql makes the driver's configuration of the options that the JDBC driver of PostgreSQL has.
func (t *target) postgresql() (*pgx.ConnConfig, error) {
	o := t.options
	settings := url.Values{}
	set := func(name, value string) {
		if value != "" {
			settings.Set(name, value)
		}
	}
	mode := ""
	if o.bool("ssl") {
		mode = "verify-full" // as the JDBC driver takes it
	}
	set("sslmode", cmp.Or(o.take("sslmode"), mode))
	for _, name := range []string{"sslrootcert", "sslcert", "sslkey", "sslpassword", "options"} {
		set(name, o.take(name))
	}
	set("search_path", o.take("currentSchema"))
	set("target_session_attrs", map[string]string{
		"any": "any", "primary": "read-write", "master": "read-write", "secondary": "read-only", "preferSecondary": "any",
	}[o.one("targetServerType", "any", "primary", "master", "secondary", "preferSecondary")])
	t.connect = cmp.Or(o.duration("connectTimeout", time.Second), o.duration("loginTimeout", time.Second), t.connect)
	t.patience = cmp.Or(o.duration("socketTimeout", time.Second), t.patience)
	unprepared := o.take("prepareThreshold") == "0"
	o.take("ApplicationName") // sessions have names of their own
	for _, name := range []string{"sslfactory", "sslfactoryarg", "sslhostnameverifier"} {
		if strings.HasPrefix(o.values[name], "org.postgresql.ssl.") { // the driver's own: what they check is checked here by sslmode
			o.take(name)
		}
	}
	o.one("gssEncMode", "", "disable", "allow", "prefer") // of the weaker ones there is none here; what is required is refused
	var err error
	t.ignored, err = o.done("ssl, sslmode, sslrootcert, sslcert, sslkey, sslpassword, currentSchema, options, targetServerType, connectTimeout, loginTimeout, "+
		"socketTimeout, prepareThreshold", "tcpKeepAlive", "reWriteBatchedInserts", "defaultRowFetchSize", "loadBalanceHosts", "binaryTransfer",
		"stringtype", "assumeMinServerVersion", "cancelSignalTimeout", "preparedStatementCacheQueries", "preparedStatementCacheSizeMiB",
		"preferQueryMode", "autosave", "logUnclosedConnections", "disableColumnSanitiser", "readOnly")
	if err != nil {
		return nil, fmt.Errorf("druid.metadata.storage.connector.connectURI: %w", err)
	}
	settings.Set("connect_timeout", fmt.Sprint(int(max(t.connect, time.Second)/time.Second)))
	hosts := ""
	for i, host := range t.hosts {
		if i > 0 {
			hosts += ","
		}
		hosts += host
	}
	from := url.URL{Scheme: "postgres", Host: hosts, Path: "/" + t.database, RawQuery: settings.Encode()}
	config, err := pgx.ParseConfig(from.String())
	if err != nil {
		return nil, fmt.Errorf("druid.metadata.storage.connector.connectURI: %w", err)
	}
	config.User, config.Password = cmp.Or(t.user, config.User), t.password
	if unprepared { // as a pool of connections between here and the server may need it
		config.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	return config, nil
}
