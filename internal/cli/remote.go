package cli

import (
	"ovate/client"
)

// remote is the flag of all commands that talk to a running server.
type remote struct {
	URL string `env:"OVATE_URL" default:"http://127.0.0.1:8090" placeholder:"URL" help:"The server. Default: ${default}, or OVATE_URL."`
}

func (r *remote) client() (*client.Client, error) { return newClient(r.URL) }

func newClient(url string) (*client.Client, error) {
	c, err := client.New(url)
	if err != nil {
		return nil, &inputError{err}
	}
	return c, nil
}
