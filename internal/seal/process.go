package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
)

// ForProcess is a cipher with a key that nobody else has, for what others hand back to this process alone. Seal and Open take no nonce.
func ForProcess() cipher.AEAD {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // of the key's length
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // of the block's size
	}
	return aead
}
