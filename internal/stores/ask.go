package stores

import (
	"context"
	"errors"
	"log/slog"

	"ovate/internal/bucket"
	"ovate/internal/config"
)

// AskBuckets asks once for each bucket that is used, which takes as long as the network does. What is certainly wrong is an error that joins a
// *config.ValueError for each property. Of what may pass, or may be meant, the log is told.
func AskBuckets(ctx context.Context, c *config.Config, segments Segments, logs Logs, log *slog.Logger) error {
	var wrong []error
	told := map[string]bool{} // what both buckets have in common is told once
	for _, use := range []struct {
		of       any
		property string
	}{{segments, "druid.storage.bucket"}, {logs, "druid.indexer.logs.s3Bucket"}} {
		kept, is := use.of.(interface{ Ask(context.Context) error })
		if !is {
			continue // a folder
		}
		err := kept.Ask(ctx)
		if err == nil || ctx.Err() != nil {
			continue
		}
		property, allowed, certain := blame(c, use.property, err)
		refusal := c.Refusal(property, allowed)
		switch {
		case told[refusal.Error()]:
		case certain:
			wrong = append(wrong, refusal)
		default:
			log.Warn("a bucket could not be asked for; tasks that need it fail, unless that passes", "check", refusal, "error", err)
		}
		told[refusal.Error()] = true
	}
	return errors.Join(wrong...)
}

// blame tells which property an answer about a bucket is due to, what would be right, and whether that is certain.
func blame(c *config.Config, name string, err error) (property, allowed string, certain bool) {
	where, at := "AWS", "druid.s3.endpoint.signingRegion"
	if url := c.DeepStorage.Bucket.Endpoint; url != "" {
		where, at = url, "druid.s3.endpoint.url"
	}
	switch {
	case errors.Is(err, bucket.ErrNoBucket):
		return name, "must be a bucket that is there: " + where + " has none of that name", true
	case errors.Is(err, bucket.ErrNoKey):
		return "druid.s3.accessKey", "must be an access key that " + where + " knows; without one it is that of the environment, of a profile or of the machine's role", true
	case errors.Is(err, bucket.ErrSecret):
		return "druid.s3.secretKey", "must be the secret key of druid.s3.accessKey: " + where + " says that requests are signed with another", true
	case errors.Is(err, bucket.ErrRegion):
		return "druid.s3.endpoint.signingRegion", "must be the region of the bucket: " + err.Error(), true
	case errors.Is(err, bucket.ErrKeyless):
		return "druid.s3.accessKey", "must be set, with druid.s3.secretKey, or be found in the environment, in a profile, or where the machine gets its role", false
	case errors.Is(err, bucket.ErrDenied):
		return name, "must be a bucket that the access key may use; to list it, too, is needed to find what is to be removed", false
	case at == "druid.s3.endpoint.url":
		return at, "must be the address of a server of S3 that answers from here; druid.s3.protocol must be http if it has no TLS, and druid.s3.enablePathStyleAccess true if it has not a host name for each bucket", false
	}
	return at, "must be a region of AWS that can be reached from here", false
}
