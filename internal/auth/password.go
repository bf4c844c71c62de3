package auth

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"sync"
)

// Credentials are a password as Druid's basic security stores it: by PBKDF2WithHmacSHA512.
type Credentials struct {
	Salt       []byte `json:"salt"`
	Hash       []byte `json:"hash"`
	Iterations int    `json:"iterations"`
}

// Iterations is how often a password is hashed unless it is said otherwise, and keyLength how many bytes that gives.
const (
	Iterations = 10_000
	keyLength  = sha512.Size
	saltLength = 32
)

// NewCredentials hashes a password with a salt of its own. Zero iterations are Iterations.
func NewCredentials(password string, iterations int) (*Credentials, error) {
	if iterations == 0 {
		iterations = Iterations
	}
	c := &Credentials{Salt: make([]byte, saltLength), Iterations: iterations}
	_, _ = rand.Read(c.Salt) // it never fails
	var err error
	c.Hash, err = pbkdf2.Key(sha512.New, password, c.Salt, iterations, keyLength)
	if err != nil {
		return nil, fmt.Errorf("hash a password: %w", err)
	}
	return c, nil
}

// Match tells whether a password is the one of the credentials. It takes milliseconds, which is what keeps others from guessing it.
func (c *Credentials) Match(password string) bool {
	if c.Iterations < 1 || len(c.Salt) == 0 || len(c.Hash) == 0 {
		return false
	}
	hash, err := pbkdf2.Key(sha512.New, password, c.Salt, c.Iterations, keyLength)
	return err == nil && subtle.ConstantTimeCompare(hash, c.Hash) == 1
}

// mark stands for a user's password in memory.
type mark [sha256.Size]byte

// matches remembers which passwords have matched which credentials, without the passwords: by a hash whose key nobody knows. It forgets those that were
// not asked for lately. A password that was changed has other credentials.
type matches struct {
	key  [32]byte
	most int

	mu          sync.Mutex // guards what follows
	young, aged map[mark]struct{}
}

// newMatches remembers no more than most.
func newMatches(most int) *matches {
	m := &matches{most: most, young: map[mark]struct{}{}}
	_, _ = rand.Read(m.key[:]) // it never fails
	return m
}

func (m *matches) mark(user, password string, c *Credentials) (of mark) {
	h := hmac.New(sha256.New, m.key[:])
	for _, part := range [][]byte{[]byte(user), []byte(password), c.Salt, c.Hash} {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(part))))
		h.Write(part)
	}
	h.Sum(of[:0])
	return of
}

func (m *matches) has(of mark) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, is := m.young[of]; is {
		return true
	}
	_, is := m.aged[of]
	if is {
		m.put(of)
	}
	return is
}

func (m *matches) add(of mark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(of)
}

// put is for whoever has locked it.
func (m *matches) put(of mark) {
	if len(m.young) >= m.most/2 {
		m.young, m.aged = map[mark]struct{}{}, m.young
	}
	m.young[of] = struct{}{}
}
