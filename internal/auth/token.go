package auth

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// Tokens is the authenticator of programs, by the header Authorization: Bearer. A file has the tokens, one a line: the identity, a blank and the token's
// SHA-256 in hexadecimal digits. The file is read again when somebody comes with a token.
type Tokens struct {
	// LeaveJWT has tokens that are not known, and look like those of an issuer, be left to other authenticators.
	LeaveJWT bool

	path       string
	authorizer Authorizer
	log        *slog.Logger

	mu    sync.Mutex // guards what follows
	last  time.Time  // when the file was read
	known map[[sha256.Size]byte]string
	wrong string // why the file could not be read then
}

// readPause is how long the file is not read again: so long a token that was taken out of it may still be good.
const readPause = time.Second

// NewTokens reads a file, which must be there.
func NewTokens(path string, by Authorizer, log *slog.Logger) (*Tokens, error) {
	t := &Tokens{path: path, authorizer: by, log: log}
	return t, t.read()
}

// Challenge is the scheme.
func (*Tokens) Challenge() string { return "Bearer" }

// Identify looks at the header Authorization.
func (t *Tokens) Identify(r *http.Request) (Identity, bool, error) {
	token, sent := Authorization(r, t.Challenge())
	if !sent {
		return Identity{}, false, nil
	}
	name, known := t.find(sha256.Sum256([]byte(token))) // of the token's hash nobody learns by the time that it takes to find it
	if !known && t.LeaveJWT && strings.Count(token, ".") == 2 {
		return Identity{}, false, nil
	}
	if !known {
		return Identity{}, false, ErrCredentials
	}
	return NewIdentity(name, t.authorizer), true, nil
}

func (t *Tokens) find(hash [sha256.Size]byte) (name string, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Since(t.last) >= readPause {
		t.again()
	}
	name, known = t.known[hash]
	return name, known
}

// again reads the file once more. The log tells once that it cannot be read, and when it can again. The caller holds mu.
func (t *Tokens) again() {
	wrong, before := "", t.wrong
	if err := t.read(); err != nil {
		wrong, t.known = err.Error(), nil
	}
	t.wrong = wrong
	switch {
	case wrong == before:
	case wrong == "":
		t.log.Info("tokens are good again", "file", t.path)
	default:
		t.log.Error("no token is good until its file can be read", "error", wrong)
	}
}

// read reads the file.
func (t *Tokens) read() error {
	t.last = time.Now()
	file, err := os.Open(t.path)
	if err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	defer file.Close()
	known, err := ReadTokens(file)
	if err != nil {
		return fmt.Errorf("tokens of %s: %w", t.path, err)
	}
	t.known = known
	return nil
}

// ReadTokens reads the lines of a file of tokens: identities by hash. Empty lines and those that begin with # count for nothing.
func ReadTokens(from io.Reader) (map[[sha256.Size]byte]string, error) {
	known := map[[sha256.Size]byte]string{}
	lines := bufio.NewScanner(from)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		var hash [sha256.Size]byte
		fields := strings.Fields(line)
		if len(fields) != 2 || len(fields[1]) != hex.EncodedLen(len(hash)) {
			return nil, fmt.Errorf("line %d must be an identity, a blank and 64 hexadecimal digits", n)
		}
		if _, err := hex.Decode(hash[:], []byte(fields[1])); err != nil {
			return nil, fmt.Errorf("line %d: the second word must be 64 hexadecimal digits", n)
		}
		if _, twice := known[hash]; twice {
			return nil, fmt.Errorf("line %d has the token of a line before", n)
		}
		known[hash] = fields[0]
	}
	return known, lines.Err()
}

// ErrIdentity is that a name cannot stand in a file of tokens.
var ErrIdentity = errors.New("the identity of a token must be a word without blanks, and not begin with #")

// NewToken makes a token for an identity, and the line of a file that has it taken.
func NewToken(identity string) (token, line string, err error) {
	if fields := strings.Fields(identity); len(fields) != 1 || fields[0] != identity || identity[0] == '#' {
		return "", "", ErrIdentity
	}
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // it never fails
	token = "ovate_" + base64.RawURLEncoding.EncodeToString(secret)
	hash := sha256.Sum256([]byte(token))
	return token, identity + " " + hex.EncodeToString(hash[:]), nil
}
