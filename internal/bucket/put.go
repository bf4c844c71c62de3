package bucket

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"

	"ovate/internal/clock"
)

// Bounds of uploads in parts.
const (
	LeastPart = 5 << 20 // S3 takes no smaller one, but for the last
	mostParts = 10_000
	atOnce    = 4 // parts that are sent at the same time; each is read from the file as it is sent
	// cleanUp is how long what has failed, or was given up, may take to end and to clear away what it has left.
	cleanUp = 10 * time.Second
	// uploadWord names the word by which an object is known as what an upload has become: one of that length may have been there before.
	uploadWord = "ovate-upload"
)

// Put puts a file, in place of an object of that key. Once it returns nil the object is there as a whole, and has been looked at. Whether it
// is after an error is not known; never is a part of it.
func (b *Bucket) Put(ctx context.Context, key, path string) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("put %s: %w", b.URL(key), err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("put %s: %w", b.URL(key), err)
	}
	size := info.Size()
	if size <= b.config.PartsFrom {
		err = b.putWhole(ctx, key, io.NewSectionReader(file, 0, size))
	} else {
		err = b.putParts(ctx, key, file, size)
	}
	if err != nil {
		return b.failure("put", key, err)
	}
	switch put, err := b.Stat(ctx, key); {
	case err != nil:
		return fmt.Errorf("after it was put: %w", err)
	case put.Size != size:
		return fmt.Errorf("put %s: it has %d bytes, and should have %d", b.URL(key), put.Size, size)
	}
	return nil
}

func (b *Bucket) acl() types.ObjectCannedACL {
	if b.config.DisableACL {
		return ""
	}
	return types.ObjectCannedACLBucketOwnerFullControl
}

func (b *Bucket) putWhole(ctx context.Context, key string, content *io.SectionReader) error {
	in := &s3.PutObjectInput{Bucket: &b.config.Name, Key: &key, Body: content, ContentLength: aws.Int64(content.Size()), ACL: b.acl()}
	in.ServerSideEncryption, in.SSEKMSKeyId = b.config.Encryption.server()
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = b.config.Encryption.customer()
	ctx, cancel := unbroken(ctx)
	defer cancel()
	_, err := b.client.PutObject(ctx, in)
	return err
}

// unbroken is for a request that makes an object: cut off, it might do so after whoever has given it up has cleared away. It may go on for cleanUp after
// ctx has ended.
func unbroken(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := clock.Linger(ctx, cleanUp)
	if ctx.Err() != nil {
		cancel() // it has not begun
	}
	return longer, cancel
}

// putParts puts a large file. What fails leaves no parts, unless the process or the network ends: then AbortUploads does.
func (b *Bucket) putParts(ctx context.Context, key string, file io.ReaderAt, size int64) error {
	word := rand.Text()
	in := &s3.CreateMultipartUploadInput{Bucket: &b.config.Name, Key: &key, ACL: b.acl(), Metadata: map[string]string{uploadWord: word}}
	in.ServerSideEncryption, in.SSEKMSKeyId = b.config.Encryption.server()
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = b.config.Encryption.customer()
	upload, err := b.client.CreateMultipartUpload(ctx, in)
	if err != nil {
		return err
	}
	parts, err := b.sendParts(ctx, key, upload.UploadId, file, size)
	if err == nil {
		err = b.complete(ctx, key, upload.UploadId, parts, word)
	}
	if err != nil {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUp)
		defer cancel()
		if aborted := b.abort(late, key, upload.UploadId); aborted != nil {
			err = errors.Join(err, fmt.Errorf("its parts stay for now: %w", aborted))
		}
	}
	return err
}

func (b *Bucket) sendParts(ctx context.Context, key string, upload *string, file io.ReaderAt, size int64) ([]types.CompletedPart, error) {
	length := max(b.config.PartSize, LeastPart, (size+mostParts-1)/mostParts)
	parts := make([]types.CompletedPart, (size+length-1)/length)
	sending, ctx := errgroup.WithContext(ctx)
	sending.SetLimit(atOnce)
	for i := range parts {
		sending.Go(func() error {
			from := int64(i) * length
			part := io.NewSectionReader(file, from, min(length, size-from))
			in := &s3.UploadPartInput{
				Bucket: &b.config.Name, Key: &key, UploadId: upload, PartNumber: aws.Int32(int32(i + 1)), Body: part, ContentLength: aws.Int64(part.Size()),
			}
			in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = b.config.Encryption.customer()
			out, err := b.client.UploadPart(ctx, in)
			if err != nil {
				return fmt.Errorf("part %d of %d: %w", i+1, len(parts), err)
			}
			parts[i] = types.CompletedPart{ETag: out.ETag, PartNumber: in.PartNumber}
			return nil
		})
	}
	return parts, sending.Wait()
}

// complete makes the parts an object. If the answer got lost and it is tried again there is no such upload any more, but the object, which has
// the upload's word.
func (b *Bucket) complete(ctx context.Context, key string, upload *string, parts []types.CompletedPart, word string) error {
	in := &s3.CompleteMultipartUploadInput{Bucket: &b.config.Name, Key: &key, UploadId: upload, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts}}
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = b.config.Encryption.customer()
	longer, cancel := unbroken(ctx)
	defer cancel()
	_, err := b.client.CompleteMultipartUpload(longer, in)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if put, missing := b.Stat(ctx, key); missing == nil && put.upload == word {
		return nil
	}
	return err
}

func (b *Bucket) abort(ctx context.Context, key string, upload *string) error {
	_, err := b.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &b.config.Name, Key: &key, UploadId: upload})
	if isNoUpload(err) {
		return nil
	}
	return err
}

func isNoUpload(err error) bool {
	api, is := errors.AsType[smithy.APIError](err)
	return is && api.ErrorCode() == "NoSuchUpload"
}

// AbortUploads gives up the uploads in parts that were begun before a time and never came to an end, of those keys with prefix that pick
// chooses. It goes on after one that cannot be given up.
func (b *Bucket) AbortUploads(ctx context.Context, prefix string, before time.Time, pick func(key string) bool) error {
	var errs []error
	in := &s3.ListMultipartUploadsInput{Bucket: &b.config.Name, Prefix: &prefix}
	for pages := s3.NewListMultipartUploadsPaginator(b.client, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if isNoUpload(err) {
			break // some servers say so where there is none at all
		}
		if err != nil {
			errs = append(errs, b.failure("list the unfinished uploads of", prefix+"…", err))
			break
		}
		for _, u := range page.Uploads {
			key := aws.ToString(u.Key)
			if aws.ToTime(u.Initiated).Before(before) && pick(key) {
				if err := b.abort(ctx, key, u.UploadId); err != nil {
					errs = append(errs, b.failure("give up the unfinished upload of", key, err))
				}
			}
		}
	}
	return errors.Join(errs...)
}
