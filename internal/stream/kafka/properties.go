package kafka

import (
	"maps"
	"slices"
	"strings"
)

// treatment is what becomes of a property of Java's consumer.
type treatment struct {
	// refused is why the property may not be set here; empty: it may.
	refused string
	// harmless are values that may be set nevertheless, as they choose what there is anyway.
	harmless []string
}

const (
	loadsClass = "makes Java load a class, which a spec may not choose: leave it out"
	readsFile  = "makes Java read a file, ask an address or run a command, which a spec may not choose: leave it out"
)

// treatments are the properties of the consumers of Kafka 3 and 4, and of Druid, that are known here.
var treatments = func() map[string]treatment {
	all := map[string]treatment{}
	// Those that are used.
	for _, name := range []string{
		bootstrapKey, clientKey, protocolKey, mechanismKey, jaasKey, isolationKey, apiTimeoutKey, requestTimeoutKey, setupTimeoutKey, idleKey, providerKey,
		truststore + "type", truststore + "location", truststore + "certificates", truststore + "password",
		keystore + "type", keystore + "location", keystore + "certificate.chain", keystore + "key", keystore + "password", keyPasswordKey,
		identificationKey, tlsProtocolKey, tlsProtocolsKey,
	} {
		all[name] = treatment{}
	}
	// Those that mean nothing to who reads no records, is in no group, and has other networking and metrics than Java.
	for _, name := range []string{
		"allow.auto.create.topics", "auto.commit.interval.ms", "auto.include.jmx.reporter", "auto.offset.reset", "check.crcs", "client.dns.lookup",
		"client.rack", "enable.auto.commit", "enable.metrics.push", "exclude.internal.topics", "fetch.max.bytes", "fetch.max.wait.ms", "fetch.min.bytes",
		"group.id", "group.instance.id", "group.protocol", "group.remote.assignor", "heartbeat.interval.ms", "internal.leave.group.on.close",
		"internal.throw.on.fetch.stable.offset.unsupported", "max.partition.fetch.bytes", "max.poll.interval.ms", "max.poll.records", "metadata.max.age.ms",
		"metadata.recovery.rebootstrap.trigger.ms", "metadata.recovery.strategy", "metrics.num.samples", "metrics.recording.level",
		"metrics.sample.window.ms", "receive.buffer.bytes", "reconnect.backoff.max.ms", "reconnect.backoff.ms", "retry.backoff.max.ms", "retry.backoff.ms",
		"sasl.kerberos.min.time.before.relogin", "sasl.kerberos.service.name", "sasl.kerberos.ticket.renew.jitter",
		"sasl.kerberos.ticket.renew.window.factor", "sasl.login.connect.timeout.ms", "sasl.login.read.timeout.ms", "sasl.login.refresh.buffer.seconds",
		"sasl.login.refresh.min.period.seconds", "sasl.login.refresh.window.factor", "sasl.login.refresh.window.jitter", "sasl.login.retry.backoff.max.ms",
		"sasl.login.retry.backoff.ms", "sasl.oauthbearer.clock.skew.seconds", "sasl.oauthbearer.expected.audience", "sasl.oauthbearer.expected.issuer",
		"sasl.oauthbearer.header.urlencode", "sasl.oauthbearer.jwks.endpoint.refresh.ms", "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms",
		"sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", "sasl.oauthbearer.scope.claim.name", "sasl.oauthbearer.sub.claim.name", "send.buffer.bytes",
		"session.timeout.ms", "socket.connection.setup.timeout.max.ms", "ssl.keymanager.algorithm", "ssl.secure.random.implementation",
		"ssl.trustmanager.algorithm",
	} {
		all[name] = treatment{}
	}
	for _, name := range []string{
		"interceptor.classes", "sasl.client.callback.handler.class", "sasl.login.callback.handler.class", "sasl.login.class", "security.providers",
		"ssl.engine.factory.class", "ssl.provider", "config.providers",
	} {
		all[name] = treatment{refused: loadsClass}
	}
	const bytes, assignors = "org.apache.kafka.common.serialization.ByteArrayDeserializer", "org.apache.kafka.clients.consumer."
	all["key.deserializer"] = treatment{loadsClass, []string{bytes}}
	all["value.deserializer"] = treatment{loadsClass, []string{bytes}}
	all["metric.reporters"] = treatment{loadsClass, []string{"", "org.apache.kafka.common.metrics.JmxReporter"}}
	all["partition.assignment.strategy"] = treatment{loadsClass, []string{assignors + "RangeAssignor", assignors + "RoundRobinAssignor",
		assignors + "StickyAssignor", assignors + "CooperativeStickyAssignor"}}
	for _, name := range []string{"sasl.kerberos.kinit.cmd", "sasl.oauthbearer.jwks.endpoint.url", "sasl.oauthbearer.token.endpoint.url"} {
		all[name] = treatment{refused: readsFile}
	}
	all["ssl.cipher.suites"] = treatment{refused: "cannot be chosen here: leave it out, and let the brokers choose"}
	return all
}()

// Properties are the names that are known here, in order.
func Properties() []string { return slices.Sorted(maps.Keys(treatments)) }

// suspect are the last words of names that load classes or read files, should a property of such a name ever come to be.
var suspect = map[string]string{
	"class": loadsClass, "classes": loadsClass, "provider": loadsClass, "providers": loadsClass, "reporters": loadsClass, "handler": loadsClass,
	"location": readsFile, "file": readsFile, "path": readsFile, "url": readsFile, "cmd": readsFile, "command": readsFile,
}

// treat tells why a property may not have a value, and whether it is known at all.
func treat(name, value string) (refused string, known bool) {
	t, known := treatments[name]
	switch {
	case !known && strings.HasPrefix(name, "config.providers."):
		return loadsClass, false
	case !known:
		return suspect[strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])], false
	case t.refused == "" || len(t.harmless) == 0:
		return t.refused, true
	}
	for one := range strings.SplitSeq(value, ",") {
		if !slices.Contains(t.harmless, strings.TrimSpace(one)) {
			return t.refused, true
		}
	}
	return "", true
}
