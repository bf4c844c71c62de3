// Package bucket is a bucket of S3, or of what speaks like it: objects are put, read, listed and removed in it.
//
// Each request is tried several times, and given up if nothing moves for a while, so that none hangs. Errors name the bucket and the key, and
// never what the requests are signed with.
package bucket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"ovate/internal/clock"
)

// Config says which bucket, and how it is reached.
type Config struct {
	Name     string
	Endpoint string // URL of the server; empty is AWS
	Region   string // by which requests are signed; empty is what the environment says
	// AccessKey and SecretKey sign requests. Without both it is what the SDK's chain finds: environment, profile, container, instance.
	AccessKey, SecretKey string
	PathStyle            bool // the bucket's name stands in the path, not in the host
	DisableACL           bool // else the bucket's owner may do everything with what is put
	Encryption           Encryption
	PartSize             int64 // of what is put in parts
	PartsFrom            int64 // larger files are put in parts
	ListLength           int32 // keys of one page

	Patience time.Duration // with a connection on which nothing moves; 0 is usualPatience
	Backoff  time.Duration // the longest between two tries; 0 is usualBackoff
}

// What holds unless Config says otherwise.
const (
	usualPatience = time.Minute
	usualBackoff  = 10 * time.Second // with so many tries, a server that is away for half a minute fails nothing
	tries         = 10
)

// Bucket is an open bucket. Its methods may be called from many goroutines.
type Bucket struct {
	client *s3.Client
	config Config
}

// Open makes a client. It sends nothing to the bucket.
func Open(ctx context.Context, c Config) (*Bucket, error) {
	if c.Patience == 0 {
		c.Patience = usualPatience
	}
	if c.Backoff == 0 {
		c.Backoff = usualBackoff
	}
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(newHTTPClient(c.Patience)),
		config.WithRetryer(func() aws.Retryer { return newRetryer(c.Backoff) }),
		// Servers other than AWS know no checksums behind the content. What is put is part of the signature.
		config.WithRequestChecksumCalculation(aws.RequestChecksumCalculationWhenRequired),
		config.WithResponseChecksumValidation(aws.ResponseChecksumValidationWhenRequired),
	}
	if c.AccessKey != "" && c.SecretKey != "" {
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, "")))
	}
	if c.Region != "" {
		options = append(options, config.WithRegion(c.Region))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("bucket s3://%s: %w", c.Name, err)
	}
	if loaded.Region == "" {
		if loaded.Region, err = regionOf(ctx, c, options); err != nil {
			return nil, fmt.Errorf("bucket s3://%s: %w", c.Name, err)
		}
	}
	client := s3.NewFromConfig(loaded, func(o *s3.Options) {
		o.UsePathStyle = c.PathStyle
		if c.Endpoint != "" {
			o.BaseEndpoint = &c.Endpoint
		}
	})
	return &Bucket{client, c}, nil
}

// regionOf is the region where neither properties nor environment name one: a server that is not AWS does not care, and an instance of AWS
// knows its own.
func regionOf(ctx context.Context, c Config, options []func(*config.LoadOptions) error) (string, error) {
	const usual, patience = "us-east-1", 2 * time.Second
	if c.Endpoint != "" {
		return usual, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if loaded, err := config.LoadDefaultConfig(ctx, append(options, config.WithEC2IMDSRegion())...); err == nil && loaded.Region != "" {
		return loaded.Region, nil
	}
	return "", errors.New("nobody says in which region it is: set druid.s3.endpoint.signingRegion, or the environment variable AWS_REGION")
}

// Name is the bucket's.
func (b *Bucket) Name() string { return b.config.Name }

// URL names an object for people.
func (b *Bucket) URL(key string) string { return "s3://" + b.config.Name + "/" + key }

// newHTTPClient gives connections up on which nothing moves, however long a request takes as a whole.
func newHTTPClient(patience time.Duration) *awshttp.BuildableClient {
	const connect = 10 * time.Second
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		dialer := &net.Dialer{Timeout: min(connect, patience), KeepAlive: 30 * time.Second}
		t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &movingConn{conn, patience}, nil
		}
	})
}

// movingConn is a connection that ends if nothing moves on it.
type movingConn struct {
	net.Conn
	patience time.Duration
}

// Read waits for something to come. While something is sent, Write moves the deadline.
func (c *movingConn) Read(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.patience)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write sends a piece at a time, so that a deadline is for as much as any network sends in that time.
func (c *movingConn) Write(p []byte) (n int, err error) {
	const piece = 64 << 10
	for err == nil && n < len(p) {
		if err = c.SetDeadline(time.Now().Add(c.patience)); err == nil {
			var sent int
			sent, err = c.Conn.Write(p[n:min(len(p), n+piece)])
			n += sent
		}
	}
	return n, err
}

// newRetryer tries again whatever may go better the next time: what the SDK knows, and all that ends before there is a whole answer.
func newRetryer(backoff time.Duration) aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.Backoff, o.RateLimiter = tries, growing(backoff), ratelimit.None
		o.Retryables = append(o.Retryables, retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
			if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
				return aws.FalseTernary
			}
			_, unsent := errors.AsType[*smithyhttp.RequestSendError](err)
			_, unread := errors.AsType[*smithy.DeserializationError](err)
			return aws.BoolTernary(unsent || unread)
		}))
	})
}

// growing is the pauses between tries: twice as long each time, up to the longest, less up to a half, so that not all who wait come back at once.
type growing time.Duration

// BackoffDelay implements retry.BackoffDelayer. The first attempt is 1.
func (longest growing) BackoffDelay(attempt int, _ error) (time.Duration, error) {
	pause := clock.Doubling{First: time.Duration(longest) / 10, Longest: time.Duration(longest)}.After(max(attempt, 1))
	return pause - rand.N(pause/2+1), nil
}

// failure is the error of a request about a key.
func (b *Bucket) failure(what, key string, err error) error {
	if isMissing(err) {
		err = fs.ErrNotExist
	}
	return fmt.Errorf("%s %s: %w", what, b.URL(key), err)
}

// isMissing tells that an object is not there.
func isMissing(err error) bool {
	if api, is := errors.AsType[smithy.APIError](err); is {
		return api.ErrorCode() == "NoSuchKey" || api.ErrorCode() == "NotFound"
	}
	return false
}
