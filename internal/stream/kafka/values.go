package kafka

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"ovate/internal/jsontext"
)

// values reads the JSON of consumerProperties: what Druid hands to Java's consumer, by name. What a DynamicConfigProvider tells counts more than what stands
// beside it. Each problem is told to wrong.
func values(consumerProperties []byte, policy Policy, wrong func(property, problem string)) map[string]string {
	var given map[string]json.RawMessage
	if err := jsontext.Unmarshal(consumerProperties, &given); err != nil || given == nil {
		wrong("", "must be an object of JSON with names and values of properties of Kafka's consumer, bootstrap.servers among them")
		return nil
	}
	all := map[string]string{}
	for name, value := range given {
		var err error
		switch name {
		case providerKey:
			continue
		case truststore + "password", keystore + "password", keyPasswordKey:
			all[name], err = passwordOf(value, policy)
		default:
			all[name], err = textOf(value)
		}
		if err != nil {
			wrong(name, err.Error())
		}
	}
	if provider, there := given[providerKey]; there && string(provider) != "null" {
		maps.Copy(all, provide(provider, policy, func(problem string) { wrong(providerKey, problem) }))
	}
	return all
}

// textOf is a value as Java has it as text.
func textOf(value json.RawMessage) (string, error) {
	var text string
	switch value[0] {
	case '"':
		return text, json.Unmarshal(value, &text)
	case '{', '[', 'n':
		return "", errors.New("must be a text, a number, true or false")
	default:
		return string(value), nil
	}
}

// passwordOf is a text, or what a PasswordProvider tells.
func passwordOf(value json.RawMessage, policy Policy) (string, error) {
	if value[0] != '{' {
		return textOf(value)
	}
	var p struct {
		Type     string  `json:"type"`
		Password *string `json:"password"`
		Variable string  `json:"variable"`
	}
	switch err := jsontext.Unmarshal(value, &p); {
	case err != nil:
		return "", errors.New(`must be a text, or a PasswordProvider such as {"type":"environment","variable":"NAME"}`)
	case p.Type == "environment":
		return policy.variable(p.Variable)
	case p.Type != "default" && p.Type != "":
		return "", errors.New(`is a PasswordProvider whose type must be "default" or "environment"; others are not known here`)
	case p.Password == nil:
		return "", errors.New(`is a PasswordProvider of type "default", which must have "password"`)
	default:
		return *p.Password, nil
	}
}

// provide is what a DynamicConfigProvider tells.
func provide(value json.RawMessage, policy Policy, wrong func(problem string)) map[string]string {
	var p struct {
		Type      string            `json:"type"`
		Config    map[string]string `json:"config"`
		Variables map[string]string `json:"variables"`
	}
	switch err := jsontext.Unmarshal(value, &p); {
	case err != nil:
		wrong(`must be a DynamicConfigProvider such as {"type":"environment","variables":{"sasl.jaas.config":"NAME"}}, whose names and values are texts`)
	case p.Type == "mapString" || p.Type == "":
		if p.Config == nil {
			wrong(`is a DynamicConfigProvider of type "mapString", which must have "config", an object with names and values of properties`)
		}
		return p.Config
	case p.Type != "environment":
		wrong(`is a DynamicConfigProvider whose type must be "mapString" or "environment"; others are not known here`)
	case p.Variables == nil:
		wrong(`is a DynamicConfigProvider of type "environment", which must have "variables", an object with names of properties and of environment variables`)
	}
	provided := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(p.Variables)) {
		value, err := policy.variable(p.Variables[name])
		if err != nil {
			wrong(fmt.Sprintf("variables[%q] %v", name, err))
		}
		provided[name] = value
	}
	return provided
}
