package source

import (
	"context"
	"encoding/base64"
	"net"
	"strings"
	"testing"

	"ovate/internal/spec"
)

// TestServersEchoSecrets: whatever a server sends back of what it was sent in confidence, no error shows it.
func TestServersEchoSecrets(t *testing.T) {
	t.Parallel()
	const password, token, query = "PassW0rd", "T0kenXYZ", "Qu3ryVal"
	login := base64.StdEncoding.EncodeToString([]byte("u:" + password))
	header := "Basic " + login
	for name, answer := range map[string]string{
		"reason":              "HTTP/1.1 401 nope " + header + " " + token + " " + query + "\r\nContent-Length: 0\r\n\r\n",
		"reason, decoded":     "HTTP/1.1 403 you are u:" + password + "\r\nContent-Length: 0\r\n\r\n",
		"no answer of HTTP":   header + " " + token + "\r\n\r\n",
		"status code":         "HTTP/1.1 " + token + "\r\n\r\n",
		"header line":         "HTTP/1.1 200 OK\r\n" + header + "\r\n\r\n",
		"length":              "HTTP/1.1 200 OK\r\nContent-Length: " + token + "\r\n\r\n",
		"encoding":            "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + query + "\r\n\r\n",
		"redirect":            "HTTP/1.1 302 Found\r\nLocation: ftp://h/" + token + "/" + login + "/" + query + "\r\nContent-Length: 0\r\n\r\n",
		"redirect to no URI":  "HTTP/1.1 302 Found\r\nLocation: http://%zz" + token + "\r\nContent-Length: 0\r\n\r\n",
		"redirect to no host": "HTTP/1.1 302 Found\r\nLocation: http://" + strings.ToLower(token) + ".invalid:99999/" + token + "\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					_, _ = c.Read(make([]byte, 4096))
					_, _ = c.Write([]byte(answer))
					_ = c.Close()
				}
			}()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var told []string
			s := spec.HTTPSource{
				URIs: []string{"http://" + l.Addr().String() + "/a?v=" + query}, User: "u", Password: password, Headers: map[string]string{"X-Key": "Bearer " + token},
			}
			inputs, err := Open(ctx, s, Policy{AllowPrivateHTTP: true}, func(i Interruption) {
				told = append(told, i.Err.Error())
				cancel() // one try will do
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := inputs[0].Open(ctx); err == nil {
				t.Error("it is read")
			} else {
				told = append(told, err.Error())
			}
			for _, text := range told {
				for _, secret := range []string{password, token, query, login} {
					if strings.Contains(text, secret) {
						t.Errorf("%s is shown: %s", secret, text)
					}
				}
			}
			t.Log(told)
		})
	}
}

// TestHideInRows: what is shown of the rows of a file passes by Hide.
func TestHideInRows(t *testing.T) {
	t.Parallel()
	s := spec.HTTPSource{URIs: []string{"http://joe:PassW0rd@h/a"}}
	inputs, err := Open(t.Context(), s, Policy{AllowPrivateHTTP: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := inputs[0].Hide(`["Basic am9lOlBhc3NXMHJk"] joe PassW0rd`); got != `["Basic ***"] joe ***` {
		t.Error(got)
	}
}

// TestUserWithoutPassword: a task that was stored with a user and without a password does not run.
func TestUserWithoutPassword(t *testing.T) {
	t.Parallel()
	if _, err := Open(t.Context(), spec.HTTPSource{URIs: []string{"http://h/a"}, User: "u"}, Policy{AllowPrivateHTTP: true}, nil); err == nil || !strings.Contains(err.Error(), "httpAuthenticationPassword: is missing") {
		t.Error(err)
	}
}
