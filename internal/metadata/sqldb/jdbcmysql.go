package sqldb

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// mysql makes the driver's configurations, one for each host, of the options that the JDBC drivers of MySQL and MariaDB have.
func (t *target) mysql() ([]*mysql.Config, error) {
	o := t.options
	t.connect = cmp.Or(o.duration("connectTimeout", time.Millisecond), t.connect)
	t.patience = cmp.Or(o.duration("socketTimeout", time.Millisecond), t.patience)
	mode := o.mysqlTLS()
	settings, err := o.certificates(mode)
	if err == nil {
		t.ignored, err = o.done("useSSL, requireSSL, verifyServerCertificate, sslMode, serverSslCert, enabledTLSProtocols, tlsVersions, connectTimeout, socketTimeout",
			"useUnicode", "characterEncoding", "serverTimezone", "autoReconnect", "allowPublicKeyRetrieval", "rewriteBatchedStatements", "useServerPrepStmts",
			"cachePrepStmts", "prepStmtCacheSize", "prepStmtCacheSqlLimit", "useLegacyDatetimeCode", "zeroDateTimeBehavior", "tcpKeepAlive", "permitMysqlScheme",
			"nullCatalogMeansCurrent", "connectionCollation", "maxReconnects", "useCursorFetch", "defaultFetchSize", "cacheServerConfiguration",
			"useLocalSessionState", "elideSetAutoCommits", "maintainTimeStats", "cacheResultSetMetadata", "useLocalTransactionState", "failOverReadOnly")
	}
	if err != nil {
		return nil, fmt.Errorf("druid.metadata.storage.connector.connectURI: %w", err)
	}
	configs := make([]*mysql.Config, len(t.hosts))
	for i, address := range t.hosts {
		config := mysql.NewConfig()
		config.Net, config.Addr, config.DBName, config.User, config.Passwd = "tcp", address, t.database, t.user, t.password
		config.Timeout, config.ReadTimeout, config.WriteTimeout = t.connect, t.patience, t.patience
		config.Collation = "utf8mb4_bin"
		config.ClientFoundRows = true      // an UPDATE that changes nothing counts as well
		config.InterpolateParams = true    // one round trip for each statement
		config.MaxAllowedPacket = 0        // as the server has it
		config.Logger = &mysql.NopLogger{} // what it tells is in the errors, too
		if settings != nil {
			host, _, _ := net.SplitHostPort(address) // made by JoinHostPort, or split before
			config.TLS = settings.Clone()
			config.TLS.ServerName = host
			config.AllowFallbackToPlaintext = mode == "PREFERRED"
		}
		configs[i] = config
	}
	return configs, nil
}

// mysqlTLS reads how the connection is encrypted: by sslMode, or by the three older options.
func (o *options) mysqlTLS() string {
	mode := o.one("sslMode", "", "DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY", "disable", "trust", "verify-ca", "verify-full")
	use, require, verify := o.bool("useSSL"), o.bool("requireSSL"), o.bool("verifyServerCertificate")
	switch {
	case mode != "":
		return mode
	case use && verify:
		return "VERIFY_CA"
	case use && require:
		return "REQUIRED"
	case use:
		return "PREFERRED"
	default:
		return ""
	}
}

// certificates are the settings of TLS for a mode; nil if there is none.
func (o *options) certificates(mode string) (*tls.Config, error) {
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	for _, name := range []string{"enabledTLSProtocols", "tlsVersions"} {
		if versions := o.take(name); strings.Contains(versions, "TLSv1.3") && !strings.Contains(versions, "TLSv1.2") {
			settings.MinVersion = tls.VersionTLS13
		}
	}
	if file := o.take("serverSslCert"); file != "" {
		pem, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("option serverSslCert: %w", err)
		}
		settings.RootCAs = x509.NewCertPool()
		if !settings.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("option serverSslCert: %s holds no certificate in PEM form", file)
		}
	}
	switch mode {
	case "", "DISABLED", "disable":
		return nil, nil
	case "PREFERRED", "REQUIRED", "trust":
		settings.InsecureSkipVerify = true
	case "VERIFY_CA", "verify-ca":
		verifyChainOnly(settings)
	}
	return settings, nil
}

// verifyChainOnly has the certificate checked, but for the name of the host.
func verifyChainOnly(settings *tls.Config) {
	settings.InsecureSkipVerify = true // what follows is in place of it
	settings.VerifyConnection = func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("the server has no certificate")
		}
		intermediates := x509.NewCertPool()
		for _, c := range state.PeerCertificates[1:] {
			intermediates.AddCert(c)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: settings.RootCAs, Intermediates: intermediates})
		return err
	}
}
