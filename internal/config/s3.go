package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ovate/internal/bucket"
	"ovate/internal/password"
)

// s3Settings is how buckets are reached, as properties say it.
type s3Settings struct {
	accessKey, secretKey string // or the JSON of PasswordProviders
	protocol             string
	base64Key            string
	storageACL, logsACL  bool // what is put has no ACL
	bucket.Config
}

// s3Keys are the properties of buckets. They are fitted together when all are known, as they count only if a bucket is used.
func s3Keys() []key {
	take := func(of func(*Config) *string) func(*Config, string) error {
		return func(c *Config, v string) error { *of(c) = v; return nil }
	}
	flag := func(of func(*Config) *bool) func(*Config, string) error {
		return func(c *Config, v string) error { return setBool(of(c), v) }
	}
	size := func(of func(*Config) *int64) func(*Config, string) error {
		return func(c *Config, v string) error { return setSize(of(c), v, bucket.LeastPart) }
	}
	var unheeded bool
	return []key{
		{"druid.storage.bucket", "", take(func(c *Config) *string { return &c.DeepStorage.Bucket.Name })},
		{"druid.storage.baseKey", "", take(func(c *Config) *string { return &c.DeepStorage.BaseKey })},
		{"druid.storage.disableAcl", "false", flag(func(c *Config) *bool { return &c.s3.storageACL })},
		{"druid.storage.useS3aSchema", "false", flag(func(c *Config) *bool { return &c.DeepStorage.S3a })},
		{"druid.storage.maxListingLength", "1024", func(c *Config, v string) error {
			var length int
			err := setInt(&length, v, 1, math.MaxInt32)
			c.s3.ListLength = int32(length)
			return err
		}},
		{"druid.storage.sse.type", "", optional(func(c *Config, v string) error {
			c.s3.Encryption.Type = v
			if !slices.Contains([]string{bucket.SSES3, bucket.SSEKMS, bucket.SSECustom}, v) {
				return errors.New("must be s3, kms or custom")
			}
			return nil
		})},
		{"druid.storage.sse.kms.keyId", "", take(func(c *Config) *string { return &c.s3.Encryption.KeyID })},
		{"druid.storage.sse.custom.base64EncodedKey", "", take(func(c *Config) *string { return &c.s3.base64Key })},
		{"druid.storage.transfer.useTransferManager", "true", flag(func(*Config) *bool { return &unheeded })}, // large files go in parts in any case
		{"druid.storage.transfer.minimumUploadPartSize", "20MiB", size(func(c *Config) *int64 { return &c.s3.PartSize })},
		{"druid.storage.transfer.multipartUploadThreshold", "20MiB", size(func(c *Config) *int64 { return &c.s3.PartsFrom })},

		{"druid.s3.accessKey", "", take(func(c *Config) *string { return &c.s3.accessKey })},
		{"druid.s3.secretKey", "", take(func(c *Config) *string { return &c.s3.secretKey })},
		{"druid.s3.fileSessionCredentials", "", take(func(*Config) *string { return new(string) })},
		{"druid.s3.protocol", "https", func(c *Config, v string) error {
			if c.s3.protocol = strings.ToLower(v); c.s3.protocol != "https" && c.s3.protocol != "http" {
				return errors.New("must be http or https")
			}
			return nil
		}},
		{"druid.s3.endpoint.url", "", take(func(c *Config) *string { return &c.s3.Endpoint })},
		{"druid.s3.endpoint.signingRegion", "", take(func(c *Config) *string { return &c.s3.Region })},
		{"druid.s3.enablePathStyleAccess", "false", flag(func(c *Config) *bool { return &c.s3.PathStyle })},
		{"druid.s3.disableChunkedEncoding", "false", flag(func(*Config) *bool { return &unheeded })}, // it is not used in any case
		{"druid.s3.forceGlobalBucketAccessEnabled", "false", flag(func(*Config) *bool { return &unheeded })},
		{"druid.s3.proxy.host", "", take(func(*Config) *string { return new(string) })},

		{"druid.indexer.logs.s3Bucket", "", take(func(c *Config) *string { return &c.TaskLogs.Bucket.Name })},
		{"druid.indexer.logs.s3Prefix", "", take(func(c *Config) *string { return &c.TaskLogs.Prefix })},
		{"druid.indexer.logs.disableAcl", "false", flag(func(c *Config) *bool { return &c.s3.logsACL })},
	}
}

// settleS3 fits together what buckets are reached by, if there are some. The error joins a *ValueError for each value that cannot be used.
func (c *Config) settleS3() error {
	c.DeepStorage.Staging = filepath.Join(c.Data, "staging")
	segments, logs := c.DeepStorage.Type == InS3, c.TaskLogs.Type == InS3
	if !segments && !logs {
		return nil
	}
	var wrong []error
	refuse := func(name, allowed string) { wrong = append(wrong, c.Refusal(name, allowed)) }
	need := func(name, value string, used bool, because string) {
		if used && value == "" {
			refuse(name, "must be set, since "+because+" is s3")
		}
	}
	needBucket := func(name, value string, used bool, because, keys string) {
		need(name, value, used, because)
		if used && value != "" && !isBucketName(value) {
			refuse(name, "must be the name of a bucket and nothing else, like deep: 3 to 255 letters, digits, dots, hyphens and underscores; what keys in it begin with is "+keys)
		}
	}
	needBucket("druid.storage.bucket", c.DeepStorage.Bucket.Name, segments, "druid.storage.type", "druid.storage.baseKey")
	needBucket("druid.indexer.logs.s3Bucket", c.TaskLogs.Bucket.Name, logs, "druid.indexer.logs.type", "druid.indexer.logs.s3Prefix")
	need("druid.indexer.logs.s3Prefix", c.TaskLogs.Prefix, logs, "druid.indexer.logs.type")
	for _, name := range []string{"druid.storage.baseKey", "druid.indexer.logs.s3Prefix"} {
		if v := c.settings[name].Value; strings.HasPrefix(v, "/") || strings.HasSuffix(v, "/") {
			refuse(name, "must neither begin nor end with a slash")
		}
	}
	if c.settings["druid.s3.fileSessionCredentials"].Value != "" {
		refuse("druid.s3.fileSessionCredentials", "files with session credentials are not read in this version; a profile of AWS can hold them (AWS_SHARED_CREDENTIALS_FILE, AWS_PROFILE)")
	}
	if c.settings["druid.s3.proxy.host"].Value != "" {
		refuse("druid.s3.proxy.host", "must be left out: name the proxy in the environment variable HTTPS_PROXY")
	}
	if strings.EqualFold(c.settings["druid.s3.forceGlobalBucketAccessEnabled"].Value, "true") {
		refuse("druid.s3.forceGlobalBucketAccessEnabled", "must be false: name the region of the bucket in druid.s3.endpoint.signingRegion")
	}
	if c.s3.Region != "" && !regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]*$`).MatchString(c.s3.Region) {
		refuse("druid.s3.endpoint.signingRegion", "must be the name of a region, like eu-west-1: letters, digits and hyphens")
	}
	c.settleS3Keys(refuse)
	c.settleS3Endpoint(refuse)
	c.settleS3Encryption(refuse)
	for _, use := range []struct {
		bucket *bucket.Config
		noACL  bool
	}{{&c.DeepStorage.Bucket, c.s3.storageACL}, {&c.TaskLogs.Bucket, c.s3.logsACL}} {
		name := use.bucket.Name
		*use.bucket = c.s3.Config
		use.bucket.Name, use.bucket.DisableACL = name, use.noACL
	}
	return errors.Join(wrong...)
}

// isBucketName tells what may name a bucket: by the rules of today, by the older ones, by which buckets of us-east-1 and of other servers may still be
// named, with Ceph's tenant before it, or as an access point of AWS.
func isBucketName(name string) bool {
	return regexp.MustCompile(`^((\w*:)?[\w.-]{3,255}|arn:[\w:/.-]+)$`).MatchString(name)
}

// settleS3Keys reads what requests are signed with. As in Druid, that is looked for elsewhere unless both keys are there.
func (c *Config) settleS3Keys(refuse func(name, allowed string)) {
	for _, k := range []struct {
		name, given string
		into        *string
	}{{"druid.s3.accessKey", c.s3.accessKey, &c.s3.AccessKey}, {"druid.s3.secretKey", c.s3.secretKey, &c.s3.SecretKey}} {
		value, err := password.Read(k.given, os.LookupEnv)
		if err != nil {
			refuse(k.name, err.Error())
		}
		*k.into = value
	}
	if (c.s3.AccessKey == "") != (c.s3.SecretKey == "") {
		refuse("druid.s3.secretKey", "must be set together with druid.s3.accessKey; without both the keys are looked for in the environment, in profiles, and where the machine gets its role")
	}
}

// settleS3Endpoint makes the endpoint a URL.
func (c *Config) settleS3Endpoint(refuse func(name, allowed string)) {
	given := c.s3.Endpoint
	if given == "" {
		if c.s3.protocol == "http" {
			refuse("druid.s3.protocol", "must be https unless druid.s3.endpoint.url is set")
		}
		return
	}
	if !strings.Contains(given, "://") {
		given = c.s3.protocol + "://" + given
	}
	u, err := url.Parse(given)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || !isPort(u) || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		if s := c.settings["druid.s3.endpoint.url"]; strings.Contains(s.Value, "@") {
			s.Value = "***" // a password, perhaps
			c.settings[s.Key] = s
		}
		refuse("druid.s3.endpoint.url", "must be the address of a server, like https://s3.eu-west-1.amazonaws.com or http://localhost:9000, with a port from 1 to 65535 or none, without user, password and query")
		return
	}
	c.s3.Endpoint = strings.TrimSuffix(u.String(), "/")
}

// isPort tells whether an address has a port that there can be, or none.
func isPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && port > 0
}

func (c *Config) settleS3Encryption(refuse func(name, allowed string)) {
	e := &c.s3.Encryption
	if e.Type != bucket.SSECustom {
		return
	}
	const keyLength = 32
	var err error
	if e.Key, err = base64.StdEncoding.DecodeString(c.s3.base64Key); err != nil || len(e.Key) != keyLength {
		refuse("druid.storage.sse.custom.base64EncodedKey", fmt.Sprintf("must be a key of %d bytes in Base64, since druid.storage.sse.type is custom", keyLength))
	}
	if strings.HasPrefix(c.s3.Endpoint, "http:") {
		refuse("druid.storage.sse.type", "must not be custom with an endpoint that is not https: each request brings the key along")
	}
}
