// Package password reads passwords and keys as properties of Druid hold them.
package password

import (
	"fmt"
	"strings"

	"ovate/internal/jsontext"
)

// Read reads a password: a text, or the JSON of a PasswordProvider. env is how environment variables are looked up.
func Read(text string, env func(string) (string, bool)) (string, error) {
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return text, nil
	}
	var provider struct {
		Type     string `json:"type"`
		Password string `json:"password"`
		Variable string `json:"variable"`
	}
	if err := jsontext.Unmarshal([]byte(text), &provider); err != nil {
		return text, nil //nolint:nilerr // A password may begin with a brace.
	}
	switch provider.Type {
	case "default":
		return provider.Password, nil
	case "environment":
		value, there := env(provider.Variable)
		if !there {
			return "", fmt.Errorf("the environment variable %q, which it names, is not set", provider.Variable)
		}
		return value, nil
	default:
		return "", fmt.Errorf(`its type is %q, and must be "default" or "environment"; other password providers are not known here`, provider.Type)
	}
}
