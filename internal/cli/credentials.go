package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"ovate/client"
)

// credentialsOf is who the user of a command is to servers: a token in the file that OVATE_TOKEN_FILE names, or OVATE_USER with OVATE_PASSWORD. They are
// not taken from arguments, which everybody on the machine sees.
func credentialsOf(env func(string) (string, bool)) ([]client.Option, error) {
	if path, _ := env("OVATE_TOKEN_FILE"); path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("OVATE_TOKEN_FILE: %w", err)
		}
		token := strings.TrimSpace(string(text))
		if token == "" || strings.ContainsAny(token, " \t\r\n") {
			return nil, fmt.Errorf("OVATE_TOKEN_FILE: %s must have a token, which is one word, and nothing else", path)
		}
		return []client.Option{client.WithToken(token)}, nil
	}
	user, _ := env("OVATE_USER")
	password, there := env("OVATE_PASSWORD")
	switch {
	case user == "":
		return nil, nil
	case !there:
		return nil, errors.New("OVATE_USER is set, and OVATE_PASSWORD is not")
	case strings.Contains(user, ":"):
		return nil, errors.New("OVATE_USER must not have a colon")
	}
	return []client.Option{client.WithPassword(user, password)}, nil
}
