package kafka

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// The login modules of Java that are known here.
const (
	plainModule = "org.apache.kafka.common.security.plain.PlainLoginModule"
	scramModule = "org.apache.kafka.common.security.scram.ScramLoginModule"
)

// login is what sasl.jaas.config says, which is looked at whether it is used or not.
func (p *parser) login() (l login, usable bool) {
	text, set := p.values[jaasKey]
	if !set {
		return login{}, false
	}
	l, err := parseJAAS(text)
	if err != nil {
		p.wrong(jaasKey, err.Error())
		return login{}, false
	}
	if l.module != plainModule && l.module != scramModule {
		p.wrong(jaasKey, fmt.Sprintf("has another login module than %s and %s, which makes Java load a class, and a spec may not choose that", plainModule, scramModule))
		return login{}, false
	}
	p.secrets = append(p.secrets, l.options["password"])
	return l, true
}

// sasl is how the client says who it is.
func (p *parser) sasl() kgo.Opt {
	const mechanisms = "must be PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
	var module string
	switch mechanism, set := p.values[mechanismKey]; {
	case !set:
		p.wrong(mechanismKey, mechanisms+"; Java takes it for GSSAPI if it is not set, which is not known here")
	case mechanism == "PLAIN":
		module = plainModule
	case mechanism == "SCRAM-SHA-256", mechanism == "SCRAM-SHA-512":
		module = scramModule
	default:
		p.wrong(mechanismKey, mechanisms+"; others are not known here")
	}
	l, usable := p.login()
	_, set := p.values[jaasKey]
	_, chosen := p.values[mechanismKey]
	switch {
	case !set && chosen && module == "": // a login would not help
	case !set:
		p.wrong(jaasKey, fmt.Sprintf("must be set with this %s: %s required username=\"NAME\" password=\"PASSWORD\";", protocolKey, cmp.Or(module, plainModule)))
	case usable && module != "" && l.module != module:
		p.wrong(jaasKey, fmt.Sprintf("must have the login module of this %s, %s", mechanismKey, module))
	case usable && module != "":
		return kgo.SASL(p.mechanism(l))
	}
	return kgo.SASL() // which nobody uses
}

// mechanism is that of a login whose module is the right one.
func (p *parser) mechanism(l login) sasl.Mechanism {
	user, password, token := l.options["username"], l.options["password"], false
	for _, name := range slices.Sorted(maps.Keys(l.options)) {
		switch {
		case name == "username" || name == "password":
		case name == "tokenauth" && l.module == scramModule:
			token = strings.EqualFold(l.options[name], "true")
		default: // which is not shown: a password without quotes may have ended as a name
			p.wrong(jaasKey, `may have the options username and password, and of a ScramLoginModule tokenauth; others are not known here`)
		}
	}
	if user == "" || password == "" {
		p.wrong(jaasKey, `must have the options username="NAME" and password="PASSWORD", neither of which is empty`)
	}
	switch auth := (scram.Auth{User: user, Pass: password, IsToken: token}); {
	case l.module == plainModule:
		return plain.Auth{User: user, Pass: password}.AsMechanism()
	case p.values[mechanismKey] == "SCRAM-SHA-256":
		return auth.AsSha256Mechanism()
	default:
		return auth.AsSha512Mechanism()
	}
}
