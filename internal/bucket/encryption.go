package bucket

import (
	"crypto/md5"
	"encoding/base64"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Kinds of encryption on the server, in Druid's words.
const (
	SSES3     = "s3"     // with a key of S3's own
	SSEKMS    = "kms"    // with a key that the key service keeps
	SSECustom = "custom" // with a key that each request brings along
)

// Encryption is how the server encrypts what it keeps.
type Encryption struct {
	Type  string // one of those above; empty: as the bucket does by itself
	KeyID string // for SSEKMS; empty is the usual one
	Key   []byte // for SSECustom
}

// server is what requests say that put something.
func (e *Encryption) server() (types.ServerSideEncryption, *string) {
	switch {
	case e.Type == SSES3:
		return types.ServerSideEncryptionAes256, nil
	case e.Type == SSEKMS && e.KeyID != "":
		return types.ServerSideEncryptionAwsKms, &e.KeyID
	case e.Type == SSEKMS:
		return types.ServerSideEncryptionAwsKms, nil
	}
	return "", nil
}

// customer is what requests say that put or read something.
func (e *Encryption) customer() (algorithm, key, sum *string) {
	if e.Type != SSECustom {
		return nil, nil, nil
	}
	digest := md5.Sum(e.Key) // which the protocol asks for, so that a key that was garbled is told
	return aws.String("AES256"), aws.String(base64.StdEncoding.EncodeToString(e.Key)), aws.String(base64.StdEncoding.EncodeToString(digest[:]))
}
