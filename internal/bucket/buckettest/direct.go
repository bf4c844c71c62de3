package buckettest

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/uuid"
)

const region = "us-east-1"

// behind makes the server a bucket of its own on a real one, to which the handler hands requests on as they are signed.
func (s *Server) behind(t testing.TB, real string) http.Handler {
	t.Helper()
	target, err := url.Parse(real)
	if err != nil || target.User == nil || target.Host == "" {
		t.Fatal("OVATE_TEST_S3 must be http://ACCESSKEY:SECRETKEY@HOST:PORT")
	}
	s.AccessKey = target.User.Username()
	s.SecretKey, _ = target.User.Password()
	s.Bucket = "ovate-" + uuid.NewString()
	target.User = nil
	s.client = newClient(s, target.String())
	t.Cleanup(func() { s.removeBucket(t) })
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // which is part of the signature
		},
		Transport: &http.Transport{DisableCompression: true},
		ErrorLog:  log.New(io.Discard, "", 0), // tests break connections off
	}
}

// newClient is a client that no fault comes by.
func newClient(s *Server, address string) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &address, Region: region, UsePathStyle: true, Credentials: credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, ""),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired, ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	})
}

func (s *Server) makeBucket(t testing.TB) {
	t.Helper()
	if _, err := s.client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &s.Bucket}); err != nil {
		t.Fatal(err)
	}
}

// removeBucket removes the bucket and all that is in it.
func (s *Server) removeBucket(t testing.TB) {
	ctx := context.WithoutCancel(t.Context())
	for _, key := range s.keys(ctx, t) {
		if _, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.Bucket, Key: &key}); err != nil {
			t.Error(err)
		}
	}
	uploads, err := s.client.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: &s.Bucket})
	if err != nil {
		t.Error(err)
		return
	}
	for _, u := range uploads.Uploads {
		if _, err := s.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &s.Bucket, Key: u.Key, UploadId: u.UploadId}); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &s.Bucket}); err != nil {
		t.Error(err)
	}
}

// Keys are those of all objects, whatever fault there is.
func (s *Server) Keys(t testing.TB) []string {
	t.Helper()
	return s.keys(t.Context(), t)
}

func (s *Server) keys(ctx context.Context, t testing.TB) (keys []string) {
	t.Helper()
	for pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: &s.Bucket}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			keys = append(keys, *o.Key)
		}
	}
	return keys
}

// Get is an object's content; nil if there is none.
func (s *Server) Get(t testing.TB, key string) []byte {
	t.Helper()
	o, err := s.client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &s.Bucket, Key: &key})
	if _, missing := errors.AsType[*types.NoSuchKey](err); missing {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(o.Body)
	if err := errors.Join(err, o.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return content
}

// Put puts an object.
func (s *Server) Put(t testing.TB, key, content string) {
	t.Helper()
	if _, err := s.client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &s.Bucket, Key: &key, Body: strings.NewReader(content)}); err != nil {
		t.Fatal(err)
	}
}
