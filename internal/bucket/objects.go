package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Object is what is told of an object.
type Object struct {
	Key      string
	Size     int64
	Modified time.Time
	etag     *string
	upload   string // the word that stands in metadata of an object that was put in parts; List does not know it
}

// Stat tells of an object; fs.ErrNotExist if there is none.
func (b *Bucket) Stat(ctx context.Context, key string) (Object, error) {
	in := &s3.HeadObjectInput{Bucket: &b.config.Name, Key: &key}
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = b.config.Encryption.customer()
	out, err := b.client.HeadObject(ctx, in)
	if err != nil {
		return Object{}, b.failure("look for", key, err)
	}
	return Object{key, aws.ToInt64(out.ContentLength), aws.ToTime(out.LastModified), out.ETag, out.Metadata[uploadWord]}, nil
}

// Open reads an object from byte from on, which must be within it, as it was when it was looked at.
func (b *Bucket) Open(ctx context.Context, o Object, from int64) (io.ReadCloser, error) {
	in := &s3.GetObjectInput{Bucket: &b.config.Name, Key: &o.Key, IfMatch: o.etag}
	if from > 0 {
		in.Range = aws.String(fmt.Sprintf("bytes=%d-", from))
	}
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = b.config.Encryption.customer()
	out, err := b.client.GetObject(ctx, in)
	if err != nil {
		return nil, b.failure("read", o.Key, err)
	}
	return out.Body, nil
}

// Fetch writes an object to a new file. A connection that breaks off is taken up again where it ended.
func (b *Bucket) Fetch(ctx context.Context, key, path string) (err error) {
	o, err := b.Stat(ctx, key)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("fetch %s: %w", b.URL(key), err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	for done, vain := int64(0), 0; ; {
		n, copied := b.copyFrom(ctx, o, done, file)
		if done += n; n >= worthwhile {
			vain = 0
		}
		switch {
		case copied == nil && done == o.Size:
			return nil
		case copied == nil:
			copied = io.ErrUnexpectedEOF
		}
		if vain++; vain == tries || ctx.Err() != nil || errors.Is(copied, errWrite) {
			return fmt.Errorf("fetch %s: %d of %d bytes have come: %w", b.URL(key), done, o.Size, copied)
		}
	}
}

// worthwhile is how much must have come before a connection broke off for that not to count as one of the tries.
const worthwhile = 1 << 20

// errWrite: what has come cannot be written.
var errWrite = errors.New("cannot be written")

func (b *Bucket) copyFrom(ctx context.Context, o Object, from int64, to *os.File) (n int64, err error) {
	if from == o.Size {
		return 0, nil
	}
	body, err := b.Open(ctx, o, from)
	if err != nil {
		return 0, err
	}
	n, err = io.Copy(localFile{to}, body)
	return n, errors.Join(err, body.Close())
}

// localFile tells its errors from those of the bucket.
type localFile struct{ *os.File }

// Write writes to the file.
func (f localFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	if err != nil {
		err = fmt.Errorf("%w: %w", errWrite, err)
	}
	return n, err
}

// ReadFrom would pass Write by.
func (f localFile) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{f}, r)
}

// Delete removes an object for good. One that is not there is no error.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if _, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.config.Name, Key: &key}); err != nil && !isMissing(err) {
		return b.failure("remove", key, err)
	}
	return nil
}

// List calls fn for all objects whose keys begin with prefix, page by page.
func (b *Bucket) List(ctx context.Context, prefix string, fn func(Object) error) error {
	in := &s3.ListObjectsV2Input{Bucket: &b.config.Name, Prefix: &prefix}
	if b.config.ListLength > 0 {
		in.MaxKeys = &b.config.ListLength
	}
	for pages := s3.NewListObjectsV2Paginator(b.client, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return b.failure("list", prefix+"…", err)
		}
		for _, o := range page.Contents {
			if err := fn(Object{aws.ToString(o.Key), aws.ToInt64(o.Size), aws.ToTime(o.LastModified), o.ETag, ""}); err != nil {
				return err
			}
		}
	}
	return nil
}
