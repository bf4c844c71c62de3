package kafka_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/internal/stream/kafka"
)

const (
	hush  = "vErYsEcReT"
	plain = `org.apache.kafka.common.security.plain.PlainLoginModule required username=\"u\" password=\"` + hush + `\";`
	scram = `org.apache.kafka.common.security.scram.ScramLoginModule required username=\"u\" password=\"` + hush + `\";`
)

// variables are those of the environment that may be used.
func variables(name string) (string, error) {
	switch name {
	case "JAAS":
		return strings.ReplaceAll(plain, `\`, ""), nil
	case "SERVERS":
		return "b:1", nil
	}
	return "", errors.New("it may not be used")
}

func TestGoodProperties(t *testing.T) {
	t.Parallel()
	for properties, unknown := range map[string][]string{
		`{"bootstrap.servers":"b:9092"}`:                                   nil,
		`{"bootstrap.servers":" b1:9092 , [::1]:9093,,PLAINTEXT://b3:1 "}`: nil,
		`{"bootstrap.servers":"b:1","security.protocol":"sasl_plaintext","sasl.mechanism":"PLAIN","sasl.jaas.config":"` + plain + `"}`:   nil,
		`{"bootstrap.servers":"b:1","security.protocol":"SASL_SSL","sasl.mechanism":"SCRAM-SHA-256","sasl.jaas.config":"` + scram + `"}`: nil,
		`{"bootstrap.servers":"b:1","security.protocol":"SASL_SSL","sasl.mechanism":"SCRAM-SHA-512","sasl.jaas.config":"` +
			strings.Replace(scram, ";", ` tokenauth=true;`, 1) + `"}`: nil,
		`{"bootstrap.servers":"b:1","security.protocol":"SSL","ssl.endpoint.identification.algorithm":"","ssl.enabled.protocols":"TLSv1,TLSv1.2"}`:                                              nil,
		`{"bootstrap.servers":"b:1","security.protocol":"SSL","ssl.truststore.type":"JKS","ssl.protocol":"TLSv1.3"}`:                                                                            nil,
		`{"bootstrap.servers":"b:1","isolation.level":"READ_UNCOMMITTED","request.timeout.ms":"0","default.api.timeout.ms":99999999999,"client.id":"me"}`:                                       nil,
		`{"bootstrap.servers":"b:1","enable.auto.commit":false,"group.id":"g","max.poll.records":7,"key.deserializer":"org.apache.kafka.common.serialization.ByteArrayDeserializer"}`:           nil,
		`{"bootstrap.servers":"b:1","metric.reporters":"","partition.assignment.strategy":"org.apache.kafka.clients.consumer.RangeAssignor, org.apache.kafka.clients.consumer.StickyAssignor"}`: nil,
		`{"bootstrap.servers":"b:1","sasl.mechanims":"PLAIN","Client.Id":"me"}`:                                                                                                                 {"Client.Id", "sasl.mechanims"},
		`{"druid.dynamic.config.provider":{"type":"environment","variables":{"bootstrap.servers":"SERVERS"}}}`:                                                                                  nil,
		`{"bootstrap.servers":"wrong","druid.dynamic.config.provider":{"type":"mapString","config":{"bootstrap.servers":"b:1"}}}`:                                                               nil,
		`{"bootstrap.servers":"b:1","druid.dynamic.config.provider":{"config":{"odd":"1"}}}`:                                                                                                    {"odd"},
		`{"bootstrap.servers":"b:1","druid.dynamic.config.provider":null}`:                                                                                                                      nil,
		`{"bootstrap.servers":"b:1","security.protocol":"SASL_SSL","sasl.mechanism":"PLAIN","druid.dynamic.config.provider":{"type":"environment","variables":{"sasl.jaas.config":"JAAS"}}}`:    nil,
		`{"bootstrap.servers":"b:1","ssl.truststore.password":{"type":"environment","variable":"JAAS"},"ssl.key.password":{"type":"default","password":"p"}}`:                                   nil,
	} {
		c, err := kafka.ParseConfig([]byte(properties), kafka.Policy{Variable: variables})
		if diff := cmp.Diff(unknown, c.Unknown()); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", properties, err, diff)
		}
		for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
			if printed := fmt.Sprintf(format, c); strings.Contains(printed, hush) {
				t.Errorf("a configuration that is printed shows a secret: %s", printed)
			}
		}
	}
}

// TestBadProperties: an error names each property that cannot be used, and shows no value.
func TestBadProperties(t *testing.T) {
	t.Parallel()
	const b = `"bootstrap.servers":"b:1",`
	outside := filepath.Join(t.TempDir(), hush)
	for properties, want := range map[string][]string{
		`null`:                          {""},
		`[]`:                            {""},
		`"` + hush + `"`:                {""},
		`{}`:                            {"bootstrap.servers"},
		`{"bootstrap.servers":""}`:      {"bootstrap.servers"},
		`{"bootstrap.servers":["b:1"]}`: {"bootstrap.servers", "bootstrap.servers"},
		`{"bootstrap.servers":"b"}`:     {"bootstrap.servers"},
		`{"bootstrap.servers":"b:0"}`:   {"bootstrap.servers"},
		`{"bootstrap.servers":"u:` + hush + `@b:1"}`:        {"bootstrap.servers"},
		`{"bootstrap.servers":"http://u:` + hush + `@b:1"}`: {"bootstrap.servers"},
		`{` + b + `"client.id":null}`:                       {"client.id"},
		`{` + b + `"client.id":{"a":"` + hush + `"}}`:       {"client.id"},
		`{` + b + `"isolation.level":"` + hush + `"}`:       {"isolation.level"},
		`{` + b + `"request.timeout.ms":"` + hush + `","default.api.timeout.ms":-1,"connections.max.idle.ms":"1s","socket.connection.setup.timeout.ms":1.5}`: {
			"default.api.timeout.ms", "socket.connection.setup.timeout.ms", "request.timeout.ms", "connections.max.idle.ms"},
		`{` + b + `"security.protocol":"` + hush + `"}`:                                                                                                      {"security.protocol"},
		`{` + b + `"security.protocol":"SASL_SSL"}`:                                                                                                          {"sasl.mechanism", "sasl.jaas.config"},
		`{` + b + `"security.protocol":"SASL_SSL","sasl.mechanism":"GSSAPI"}`:                                                                                {"sasl.mechanism"},
		`{` + b + `"security.protocol":"SASL_SSL","sasl.mechanism":"GSSAPI","sasl.jaas.config":"` + plain + `"}`:                                             {"sasl.mechanism"},
		`{` + b + `"security.protocol":"SASL_SSL","sasl.mechanism":"PLAIN","sasl.jaas.config":"` + scram + `"}`:                                              {"sasl.jaas.config"},
		`{` + b + `"security.protocol":"SASL_SSL","sasl.mechanism":"PLAIN","sasl.jaas.config":"` + hush + ` required;"}`:                                     {"sasl.jaas.config"},
		`{` + b + `"security.protocol":"SASL_SSL","sasl.mechanism":"PLAIN","sasl.jaas.config":"` + strings.TrimSuffix(plain, ";") + `"}`:                     {"sasl.jaas.config"},
		`{` + b + `"security.protocol":"SASL_SSL","sasl.mechanism":"PLAIN","sasl.jaas.config":"` + strings.Replace(plain, "username", hush, 1) + `"}`:        {"sasl.jaas.config", "sasl.jaas.config"},
		`{` + b + `"security.protocol":"SASL_SSL","sasl.mechanism":"PLAIN","sasl.jaas.config":"` + strings.Replace(plain, ";", " tokenauth=true;", 1) + `"}`: {"sasl.jaas.config"},
		`{` + b + `"sasl.jaas.config":"com.sun.security.auth.module.JndiLoginModule required user.provider.url=\"ldap://evil\";"}`:                           {"sasl.jaas.config"},
		`{` + b + `"sasl.jaas.config":"com.sun.security.auth.module.Krb5LoginModule required keyTab=\"/etc/krb\";"}`:                                         {"sasl.jaas.config"},

		`{` + b + `"interceptor.classes":"a.B"}`:                                          {"interceptor.classes"},
		`{` + b + `"sasl.login.callback.handler.class":"a.B"}`:                            {"sasl.login.callback.handler.class"},
		`{` + b + `"sasl.client.callback.handler.class":"a.B"}`:                           {"sasl.client.callback.handler.class"},
		`{` + b + `"sasl.login.class":"a.B"}`:                                             {"sasl.login.class"},
		`{` + b + `"ssl.engine.factory.class":"a.B"}`:                                     {"ssl.engine.factory.class"},
		`{` + b + `"security.providers":"a.B"}`:                                           {"security.providers"},
		`{` + b + `"metric.reporters":"org.apache.kafka.common.metrics.JmxReporter,a.B"}`: {"metric.reporters"},
		`{` + b + `"partition.assignment.strategy":"a.B"}`:                                {"partition.assignment.strategy"},
		`{` + b + `"key.deserializer":"a.B","value.deserializer":"a.B"}`:                  {"key.deserializer", "value.deserializer"},
		`{` + b + `"config.providers":"file","config.providers.file.param.x":"y"}`:        {"config.providers", "config.providers.file.param.x"},
		`{` + b + `"sasl.kerberos.kinit.cmd":"rm"}`:                                       {"sasl.kerberos.kinit.cmd"},
		`{` + b + `"sasl.oauthbearer.token.endpoint.url":"file:///etc/passwd"}`:           {"sasl.oauthbearer.token.endpoint.url"},
		`{` + b + `"ssl.cipher.suites":"TLS_NULL"}`:                                       {"ssl.cipher.suites"},
		`{` + b + `"future.handler.class":"a.B","future.KEY.Location":"/x"}`:              {"future.KEY.Location", "future.handler.class"},

		`{` + b + `"druid.dynamic.config.provider":{"type":"mapString","config":{"interceptor.classes":"a.B"}}}`:     {"interceptor.classes"},
		`{` + b + `"druid.dynamic.config.provider":{"type":"mapString"}}`:                                            {"druid.dynamic.config.provider"},
		`{` + b + `"druid.dynamic.config.provider":{"type":"mapString","config":{"a":["` + hush + `"]}}}`:            {"druid.dynamic.config.provider"},
		`{` + b + `"druid.dynamic.config.provider":{"type":"environment"}}`:                                          {"druid.dynamic.config.provider"},
		`{` + b + `"druid.dynamic.config.provider":{"type":"environment","variables":{"client.id":"` + hush + `"}}}`: {"druid.dynamic.config.provider"},
		`{` + b + `"druid.dynamic.config.provider":{"type":"` + hush + `"}}`:                                         {"druid.dynamic.config.provider"},
		`{` + b + `"druid.dynamic.config.provider":"` + hush + `"}`:                                                  {"druid.dynamic.config.provider"},
		`{` + b + `"ssl.key.password":{"type":"` + hush + `"}}`:                                                      {"ssl.key.password"},
		`{` + b + `"ssl.key.password":{"type":"default"}}`:                                                           {"ssl.key.password"},
		`{` + b + `"ssl.key.password":{"type":"environment","variable":"` + hush + `"}}`:                             {"ssl.key.password"},
		`{` + b + `"ssl.truststore.password":["` + hush + `"]}`:                                                      {"ssl.truststore.password"},

		`{` + b + `"security.protocol":"SSL","ssl.truststore.location":"/a.jks","ssl.truststore.password":"` + hush + `"}`:                                                                                      {"ssl.truststore.type"},
		`{` + b + `"security.protocol":"SSL","ssl.truststore.location":"/a.p12","ssl.truststore.type":"PKCS12"}`:                                                                                                {"ssl.truststore.type"},
		`{` + b + `"security.protocol":"SSL","ssl.keystore.location":"/a.jks"}`:                                                                                                                                 {"ssl.keystore.type"},
		`{` + b + `"security.protocol":"SSL","ssl.truststore.certificates":"x"}`:                                                                                                                                {"ssl.truststore.type"},
		`{` + b + `"security.protocol":"SSL","ssl.truststore.type":"PEM","ssl.truststore.certificates":"` + hush + `"}`:                                                                                         {"ssl.truststore.certificates"},
		`{` + b + `"security.protocol":"SSL","ssl.truststore.type":"PEM","ssl.truststore.location":"/etc/passwd"}`:                                                                                              {"ssl.truststore.location"},
		`{` + b + `"security.protocol":"SSL","ssl.truststore.type":"PEM","ssl.truststore.location":"` + outside + `"}`:                                                                                          {"ssl.truststore.location"},
		`{` + b + `"security.protocol":"SSL","ssl.truststore.type":"PEM","ssl.truststore.location":"/a","ssl.truststore.certificates":"x"}`:                                                                     {"ssl.truststore.location"},
		`{` + b + `"security.protocol":"SSL","ssl.truststore.type":"PEM","ssl.truststore.location":"/a","ssl.truststore.password":"` + hush + `"}`:                                                              {"ssl.truststore.password"},
		`{` + b + `"security.protocol":"SSL","ssl.keystore.type":"PEM","ssl.keystore.key":"` + hush + `"}`:                                                                                                      {"ssl.keystore.key"},
		`{` + b + `"security.protocol":"SSL","ssl.keystore.type":"PEM","ssl.keystore.key":"` + hush + `","ssl.keystore.certificate.chain":"x"}`:                                                                 {"ssl.keystore.key"},
		`{` + b + `"security.protocol":"SSL","ssl.keystore.type":"PEM","ssl.keystore.certificate.chain":"x","ssl.keystore.key":"-----BEGIN ENCRYPTED PRIVATE KEY-----AAAA-----END ENCRYPTED PRIVATE KEY-----"}`: {"ssl.keystore.key"},
		`{` + b + `"security.protocol":"SSL","ssl.endpoint.identification.algorithm":"none"}`:                                                                                                                   {"ssl.endpoint.identification.algorithm"},
		`{` + b + `"security.protocol":"SSL","ssl.protocol":"SSLv3","ssl.enabled.protocols":"TLSv1"}`:                                                                                                           {"ssl.protocol", "ssl.enabled.protocols"},
	} {
		_, err := kafka.ParseConfig([]byte(properties), kafka.Policy{Variable: variables, Roots: []string{t.TempDir()}})
		if diff := cmp.Diff(want, named(err)); diff != "" {
			t.Errorf("%s: %v\n%s", properties, err, diff)
		}
		if err != nil && strings.Contains(strings.ReplaceAll(err.Error(), outside, ""), hush) {
			t.Errorf("%s: the error shows a value: %v", properties, err)
		}
	}
}

// named are the properties that an error names.
func named(err error) (names []string) {
	joined, is := err.(interface{ Unwrap() []error })
	if !is {
		return nil
	}
	for _, err := range joined.Unwrap() {
		if wrong, is := errors.AsType[*kafka.PropertyError](err); is {
			names = append(names, wrong.Property)
		}
	}
	return names
}

// TestKnownProperties: none that a consumer of Kafka 3.9 has is unknown, and each that is a class is refused.
func TestKnownProperties(t *testing.T) {
	t.Parallel()
	names, err := os.ReadFile("testdata/consumer39.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.FieldsSeq(string(names)) {
		properties := fmt.Sprintf(`{"bootstrap.servers":"b:1",%q:"a.B"}`, name)
		c, err := kafka.ParseConfig([]byte(properties), kafka.Policy{})
		if len(c.Unknown()) > 0 {
			t.Errorf("%s is not known", name)
		}
		last := name[strings.LastIndexByte(name, '.')+1:]
		if slices.Contains([]string{"class", "classes", "reporters", "providers", "deserializer", "strategy", "cmd", "url"}, last) && name != "metadata.recovery.strategy" &&
			!slices.Contains(named(err), name) {
			t.Errorf("%s is not refused: %v", name, err)
		}
	}
}

// TestFiles: stores are read below the folders that are allowed, and nowhere else, wherever links lead.
func TestFiles(t *testing.T) {
	t.Parallel()
	root, other := t.TempDir(), t.TempDir()
	authority := newAuthority(t)
	write := func(folder, name, content string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link := func(to, name string) string {
		path := filepath.Join(root, name)
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write(root, "trust.pem", authority.pem)
	for path, allowed := range map[string]bool{
		good:                                     true,
		link("trust.pem", "inner"):               true,
		write(other, "trust.pem", authority.pem): false,
		link(filepath.Join(other, "trust.pem"), "outer"):    false,
		link(other, "folder") + "/trust.pem":                false,
		root + "/../" + filepath.Base(other) + "/trust.pem": false,
		root:                         false,
		filepath.Join(root, "none"):  false,
		"trust.pem":                  false,
		write(root, "empty.pem", ""): false,
		write(root, "big.pem", authority.pem+strings.Repeat(" ", 1<<20)): false,
	} {
		properties := fmt.Sprintf(`{"bootstrap.servers":"b:1","security.protocol":"SSL","ssl.truststore.type":"PEM","ssl.truststore.location":%q}`, path)
		_, err := kafka.ParseConfig([]byte(properties), kafka.Policy{Roots: []string{root}})
		if allowed && err != nil || !allowed && !slices.Equal(named(err), []string{"ssl.truststore.location"}) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
