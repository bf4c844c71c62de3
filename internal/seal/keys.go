// Package seal keeps what is secret in specs from whoever reads the database, or a copy of it: secrets are sealed with a key that is not there.
//
// What is sealed are single values of the JSON in the payloads of tasks, supervisors and records of whatever kind, exactly those that secret.Hide does not show: all else of a row
// is there for everybody who reads it, also for a Java Overlord, which gets a text of no use in the place of each secret.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Keys are what secrets are sealed with, by AES-256 in Galois/Counter mode. The first one seals; each opens what it has sealed.
type Keys struct{ all []key }

type key struct {
	id   string // tells it from others, and nothing of it
	aead cipher.AEAD
}

const keyLength = 32

// ParseKeys reads keys as NewKey makes them, parted by blanks, commas or line ends. Lines that begin with # count for nothing. The error shows nothing
// of the keys.
func ParseKeys(text string) (*Keys, error) {
	keys := new(Keys)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		for word := range strings.FieldsFuncSeq(line, func(c rune) bool { return strings.ContainsRune(" ,\t\r\n", c) }) {
			secret, err := base64.StdEncoding.DecodeString(word)
			if err != nil || len(secret) != keyLength {
				return nil, fmt.Errorf("key %d must be %d bytes in Base64, as `ovate secrets key` makes it", len(keys.all)+1, keyLength)
			}
			one := newKey(secret)
			if keys.of(one.id) != nil {
				return nil, fmt.Errorf("key %d is there twice", len(keys.all)+1)
			}
			keys.all = append(keys.all, one)
		}
	}
	if len(keys.all) == 0 {
		return nil, errors.New("there is no key; `ovate secrets key` makes one")
	}
	return keys, nil
}

func newKey(secret []byte) key {
	block, err := aes.NewCipher(secret)
	if err != nil {
		panic(err) // of its length
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // of the block's size
	}
	sum := sha256.Sum256(append([]byte("ovate key id\x00"), secret...))
	return key{hex.EncodeToString(sum[:4]), aead}
}

// NewKey makes a key, as it stands in a file of keys.
func NewKey() string {
	secret := make([]byte, keyLength)
	_, _ = rand.Read(secret) // it never fails
	return base64.StdEncoding.EncodeToString(secret)
}

// of is the key of an id, or nil.
func (k *Keys) of(id string) *key {
	if i := slices.IndexFunc(k.all, func(one key) bool { return one.id == id }); i >= 0 {
		return &k.all[i]
	}
	return nil
}
