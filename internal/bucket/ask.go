package bucket

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// Why a bucket cannot be used, as its server says. It stays so until somebody changes what is set.
var (
	ErrNoBucket = errors.New("the server has no such bucket")
	ErrNoKey    = errors.New("the server does not know the access key")
	ErrSecret   = errors.New("the secret key is not that of the access key")
	ErrRegion   = errors.New("the bucket is in another region")
)

// Why a bucket cannot be asked for, which may pass, or be meant.
var (
	ErrDenied  = errors.New("the keys in it may not be listed")
	ErrKeyless = errors.New("nothing was found to sign requests with")
)

const (
	askTries    = 2
	askPatience = 30 * time.Second
)

// Ask asks for one key with a prefix: an answer to that has a reason where it is a refusal, as one to a HEAD has not. An error that is none of those above
// tells of a server that is not reached, or not well.
func (b *Bucket) Ask(ctx context.Context, prefix string) error {
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	if _, err := b.client.Options().Credentials.Retrieve(ctx); err != nil {
		return fmt.Errorf("ask for bucket s3://%s: %w: %w", b.config.Name, ErrKeyless, err)
	}
	in := &s3.ListObjectsV2Input{Bucket: &b.config.Name, Prefix: &prefix, MaxKeys: aws.Int32(1)}
	if _, err := b.client.ListObjectsV2(ctx, in, func(o *s3.Options) { o.RetryMaxAttempts = askTries }); err != nil {
		return fmt.Errorf("ask for bucket s3://%s: %w", b.config.Name, withReason(err))
	}
	return nil
}

// withReason is an error as one of those above, if a server has answered so.
func withReason(err error) error {
	api, answered := errors.AsType[smithy.APIError](err)
	if !answered {
		return err
	}
	switch api.ErrorCode() {
	case "NoSuchBucket", "InvalidBucketName":
		return ErrNoBucket
	case "InvalidAccessKeyId", "XAdminUserNotFound": // the second is of Versity's gateway
		return ErrNoKey
	case "SignatureDoesNotMatch":
		return ErrSecret
	case "AccessDenied":
		return fmt.Errorf("%w: %w", ErrDenied, err)
	case "AuthorizationHeaderMalformed":
		if !strings.Contains(api.ErrorMessage(), "region") {
			return err
		}
		fallthrough
	case "PermanentRedirect", "IllegalLocationConstraintException":
		return fmt.Errorf("%w: %s", ErrRegion, api.ErrorMessage())
	}
	return err
}
