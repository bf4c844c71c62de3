package config

import (
	"errors"
	"path/filepath"
	"regexp"
	"strings"
)

// address is what is elsewhere, as Druid's other kinds of storage have it, and no path: a scheme, and what is behind it.
var address = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]+):(?://|/)(.*)$`)

func setPath(path *string, v string) error {
	if v == "" {
		return errors.New("must be a path")
	}
	if parts := address.FindStringSubmatch(v); parts != nil {
		return errors.New("must be a path on this machine, without " + parts[1] + "://")
	}
	absolute, err := filepath.Abs(v)
	if err != nil {
		return errors.New("must be a path that can be made absolute: " + err.Error())
	}
	*path = absolute
	return nil
}

// setStorageDirectory takes a folder. That of other storage has no effect, as in Druid.
func setStorageDirectory(d *DeepStorage, v string) error {
	if d.Type != Local && address.MatchString(v) {
		return nil
	}
	return setFolder(&d.Directory, v, Local, "druid.storage.type", "druid.storage.bucket", "druid.storage.baseKey")
}

// setLogsDirectory takes a folder, which those of tasks that have not ended are in wherever they go.
func setLogsDirectory(l *TaskLogs, v string) error {
	return setFolder(&l.Directory, v, InFiles, "druid.indexer.logs.type", "druid.indexer.logs.s3Bucket", "druid.indexer.logs.s3Prefix")
}

// setFolder takes a path, and tells of the properties that say what an address says.
func setFolder(path *string, v, typ, typeKey, bucketKey, prefixKey string) error {
	parts := address.FindStringSubmatch(v)
	if parts == nil {
		return setPath(path, v)
	}
	switch scheme := strings.ToLower(parts[1]); scheme {
	case "file":
		return errors.New("must be a path, without file:")
	case "s3", "s3a", "s3n":
		name, prefix, _ := strings.Cut(parts[2], "/")
		instead := typeKey + "=" + InS3 + ", " + bucketKey + "=" + name
		if prefix != "" {
			instead += ", " + prefixKey + "=" + prefix
		}
		return errors.New("must be a path on this machine. For a bucket set in its place " + instead)
	default:
		return errors.New("must be a path on this machine, as " + typeKey + " is " + typ + " or " + InS3 + ": " + scheme + " is not built in this version")
	}
}
