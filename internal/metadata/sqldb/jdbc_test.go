package sqldb

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// parse makes the text of what a URL comes to.
func parse(o Config) (string, error) {
	o.Env = func(name string) (string, bool) { return "from " + name, name == "SECRET" }
	t, d, err := parseTarget(o)
	if err != nil {
		return "", err
	}
	if d == &mysqlDialect {
		configs, err := t.mysql()
		if err != nil {
			return "", err
		}
		config := configs[0]
		for _, other := range configs[1:] {
			config.Addr += "," + other.Addr
		}
		tls := "no"
		if config.TLS != nil {
			tls = map[bool]string{true: "unchecked", false: "checked"}[config.TLS.InsecureSkipVerify && config.TLS.VerifyConnection == nil]
		}
		return strings.Join([]string{config.Addr, config.DBName, config.User, config.Passwd, config.Timeout.String(), t.patience.String(), "tls " + tls}, " | ") + ignored(t), nil
	}
	config, err := t.postgresql()
	if err != nil {
		return "", err
	}
	tls := "no"
	if config.TLSConfig != nil {
		tls = map[bool]string{true: "unchecked", false: "checked"}[config.TLSConfig.InsecureSkipVerify]
	}
	hosts := append([]string{config.Host}, t.hosts...)
	return strings.Join([]string{
		strings.Join(hosts, ","), config.Database, config.User, config.Password, config.ConnectTimeout.Round(time.Second).String(), t.patience.String(),
		"tls " + tls, config.RuntimeParams["search_path"],
	}, " | ") + ignored(t), nil
}

// ignored is what is told of options without effect.
func ignored(t target) string {
	if len(t.ignored) == 0 {
		return ""
	}
	return " | ignored " + strings.Join(t.ignored, ", ")
}

func TestURLs(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"jdbc:postgresql://db:6543/druid":                                                   "db,db:6543 | druid | me | secret | 10s | 1m0s | tls unchecked | ",
		"jdbc:postgresql://db/druid?sslmode=disable&currentSchema=mine":                     "db,db:5432 | druid | me | secret | 10s | 1m0s | tls no | mine",
		"jdbc:postgresql://a:1,b/druid?ssl=true&targetServerType=primary":                   "a,a:1,b:5432 | druid | me | secret | 10s | 1m0s | tls checked | ",
		"jdbc:postgresql://[::1]:1/d%20d?sslmode=require&connectTimeout=3&socketTimeout=7":  "::1,[::1]:1 | d d | me | secret | 3s | 7s | tls unchecked | ",
		"jdbc:postgresql:druid?sslmode=disable&tcpKeepAlive=true&user=other&password=other": "localhost,localhost:5432 | druid | me | secret | 10s | 1m0s | tls no | ",
		"jdbc:mysql://db/druid": "db:3306 | druid | me | secret | 10s | 1m0s | tls no",
		"jdbc:mariadb://db:1/druid?useUnicode=true&characterEncoding=UTF-8&serverTimezone=UTC":                                           "db:1 | druid | me | secret | 10s | 1m0s | tls no",
		"jdbc:mysql://db/druid?useSSL=true&requireSSL=true&connectTimeout=3000&socketTimeout=500":                                        "db:3306 | druid | me | secret | 3s | 500ms | tls unchecked",
		"jdbc:mysql://db/druid?sslMode=VERIFY_IDENTITY":                                                                                  "db:3306 | druid | me | secret | 10s | 1m0s | tls checked",
		"jdbc:mysql://db/druid?useSSL=true&verifyServerCertificate=true":                                                                 "db:3306 | druid | me | secret | 10s | 1m0s | tls checked",
		"jdbc:postgresql://db/druid?hostRecheckSeconds=3&gssEncMode=prefer&sslfactory=org.postgresql.ssl.LibPQFactory":                   "db,db:5432 | druid | me | secret | 10s | 1m0s | tls unchecked |  | ignored hostRecheckSeconds",
		"jdbc:mysql://db/druid?useLocalSessionState=true&sessionVariables=wait_timeout%3D9&dontTrackOpenResources=true&useCompression=1": "db:3306 | druid | me | secret | 10s | 1m0s | tls no | ignored dontTrackOpenResources, sessionVariables, useCompression",
		"jdbc:mysql://a,b:1/druid?sslMode=VERIFY_CA":                                                                                     "a:3306,b:1 | druid | me | secret | 10s | 1m0s | tls checked",
		"jdbc:mariadb:sequential://a,b/druid":                                                                                            "a:3306,b:3306 | druid | me | secret | 10s | 1m0s | tls no",
		"jdbc:mysql:replication://a,b/druid":                                                                                             "a:3306,b:3306 | druid | me | secret | 10s | 1m0s | tls no",
	} {
		got, err := parse(Config{ConnectURI: uri, User: "me", Password: "secret"})
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v, %v", uri, err, diff)
		}
	}
	for uri, want := range map[string]string{
		"":                                     "must be jdbc:postgresql://HOST:PORT/DATABASE or jdbc:mysql://",
		"postgresql://db/druid":                "must be jdbc:postgresql://",
		"jdbc:oracle:thin:@db":                 "must be jdbc:postgresql://",
		"jdbc:postgresql://db:5432":            "must end with the name of a database",
		"jdbc:postgresql://me:secret@db/druid": "user and password must stand in",
		"jdbc:postgresql://db/druid?sslmod=a&b=c":                                                            "what is loaded: sslmod; those that are known are ssl, sslmode",
		"jdbc:postgresql://db/druid?gssEncMode=require":                                                      "gssEncMode",
		"jdbc:postgresql://db/druid?sslfactory=my.Own":                                                       "what is loaded: sslfactory;",
		"jdbc:postgresql://db/druid?channelBinding=require&socketFactory=x&loggerFile=y&requireAuth=z":       "what is loaded: channelBinding, loggerFile, requireAuth, socketFactory;",
		"jdbc:mysql://db/druid?trustCertificateKeyStoreUrl=f&allowLoadLocalInfile=1&queryInterceptors=a.B":   "what is loaded: allowLoadLocalInfile, queryInterceptors, trustCertificateKeyStoreUrl;",
		"jdbc:mysql://db/druid?autoDeserialize=true&propertiesTransform=a.B&defaultAuthenticationPlugin=c":   "what is loaded: autoDeserialize, defaultAuthenticationPlugin, propertiesTransform;",
		"jdbc:mysql://db/druid?keyStore=f&keyStorePassword=secret&serverRsaPublicKeyFile=g&pinGlobalTx=true": "what is loaded: keyStore, keyStorePassword, serverRsaPublicKeyFile;",
		"jdbc:mysql://address=(host=a)(port=1)/druid":                                                        "hosts must be written as HOST:PORT,HOST:PORT",
		"jdbc:postgresql://db/druid?ssl=maybe":                                                               `option ssl of the URL is "maybe", and must be true or false`,
		"jdbc:postgresql://db/druid?socketTimeout=soon":                                                      `option socketTimeout of the URL is "soon", and must be a whole number`,
		"jdbc:postgresql://db/druid?targetServerType=x":                                                      "must be any, primary",
		"jdbc:postgresql://db/druid?sslmode=x":                                                               "sslmode",
		"jdbc:postgresql://db/druid?%zz":                                                                     "must be of the form name=value",
		"jdbc:mysql://db/druid?sslMode=x":                                                                    "must be DISABLED, PREFERRED",
		"jdbc:mysql://db/druid?useSsl=true":                                                                  "what is loaded: useSsl",
		"jdbc:mysql://db/druid?serverSslCert=/nowhere":                                                       "serverSslCert",
	} {
		_, err := parse(Config{ConnectURI: uri, User: "me", Password: "secret"})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "druid.metadata.storage.connector.connectURI") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q and the property, without the password", uri, err, want)
		}
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain":                             "plain",
		"{odd":                              "{odd",
		`{"type":"default","password":"p"}`: "p",
		`{"type":"environment","variable":"SECRET"}`: "from SECRET",
	} {
		got, err := parse(Config{ConnectURI: "jdbc:mysql://db/druid?password=other", User: "me", Password: text})
		if err != nil || strings.Split(got, " | ")[3] != want {
			t.Errorf("%s: %s, %v, want %s", text, got, err, want)
		}
	}
	if got, err := parse(Config{ConnectURI: "jdbc:mysql://db/druid?user=u&password=p"}); err != nil || !strings.Contains(got, "| u | p |") {
		t.Errorf("user and password of the URL: %s, %v", got, err)
	}
	for text, want := range map[string]string{
		`{"type":"environment","variable":"NONE"}`: `the environment variable "NONE", which it names, is not set`,
		`{"type":"aws","password":"hush"}`:         `its type is "aws"`,
	} {
		_, err := parse(Config{ConnectURI: "jdbc:mysql://db/druid", Password: text})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "connector.password") || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
