package config

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/internal/bucket"
)

// Properties as a cluster has them reach both buckets.
func TestS3(t *testing.T) {
	t.Setenv("TEST_S3_SECRET", "hidden")
	c := load(t, Sources{Files: []string{file(t, strings.Join([]string{
		"druid.storage.type=s3", "druid.storage.bucket=deep", "druid.storage.baseKey=druid/segments", "druid.storage.disableAcl=true",
		"druid.indexer.logs.type=s3", "druid.indexer.logs.s3Bucket=logs", "druid.indexer.logs.s3Prefix=druid/logs",
		"druid.s3.accessKey=AKID", `druid.s3.secretKey={"type":"environment","variable":"TEST_S3_SECRET"}`,
		"druid.s3.endpoint.url=localhost:9000/", "druid.s3.endpoint.signingRegion=eu-west-1", "druid.s3.enablePathStyleAccess=true", "druid.s3.protocol=http",
		"druid.storage.sse.type=kms", "druid.storage.sse.kms.keyId=k", "druid.storage.maxListingLength=100", "druid.storage.transfer.minimumUploadPartSize=10MiB",
	}, "\n"))}})
	want := bucket.Config{
		Name: "deep", Endpoint: "http://localhost:9000", Region: "eu-west-1", AccessKey: "AKID", SecretKey: "hidden", PathStyle: true, DisableACL: true,
		Encryption: bucket.Encryption{Type: "kms", KeyID: "k"}, PartSize: 10 << 20, PartsFrom: 20 << 20, ListLength: 100,
	}
	if diff := cmp.Diff(want, c.DeepStorage.Bucket); diff != "" {
		t.Errorf("deep storage differs (-want +got):\n%s", diff)
	}
	want.Name, want.DisableACL = "logs", false
	if diff := cmp.Diff(want, c.TaskLogs.Bucket); diff != "" {
		t.Errorf("task logs differ (-want +got):\n%s", diff)
	}
	if got := c.DeepStorage.Place() + " " + c.TaskLogs.Place(); got != "s3://deep/druid/segments s3://logs/druid/logs" {
		t.Error(got)
	}
	for _, s := range c.Settings() {
		if strings.Contains(s.Value, "hidden") || strings.Contains(s.Value, "AKID") || s.Key == "druid.s3.secretKey" {
			t.Errorf("%s is shown", s.Key)
		}
	}
}

// What cannot be honoured is refused by its name, and no error tells a secret. Nothing of it matters where no bucket is used.
func TestS3Refused(t *testing.T) {
	t.Parallel()
	const storage = "druid.storage.type=s3\ndruid.storage.bucket=deep\ndruid.s3.secretKey=hidden\ndruid.s3.accessKey=hidden\n"
	for wrong, want := range map[string]string{
		"druid.storage.bucket=":              "druid.storage.bucket",
		"druid.storage.bucket=s3://deep":     "druid.storage.bucket",
		"druid.storage.bucket=deep/segments": "druid.storage.bucket",
		"druid.storage.bucket=de":            "druid.storage.bucket",
		"druid.indexer.logs.type=s3\ndruid.indexer.logs.s3Prefix=x\ndruid.indexer.logs.s3Bucket=a/b": "druid.indexer.logs.s3Bucket",
		"druid.s3.endpoint.signingRegion=eu_west":                                                    "druid.s3.endpoint.signingRegion",
		"druid.s3.endpoint.url=h:99999":                                                              "druid.s3.endpoint.url",
		"druid.s3.endpoint.url=http://h:0":                                                           "druid.s3.endpoint.url",
		"druid.s3.endpoint.url=http://http://h":                                                      "druid.s3.endpoint.url",
		"druid.indexer.logs.type=s3\ndruid.indexer.logs.s3Bucket=logs":                               "druid.indexer.logs.s3Prefix",
		"druid.indexer.logs.type=s3\ndruid.indexer.logs.s3Prefix=x":                                  "druid.indexer.logs.s3Bucket",
		"druid.storage.baseKey=/x":                                                                   "druid.storage.baseKey",
		"druid.s3.accessKey=":                                                                        "druid.s3.secretKey",
		`druid.s3.secretKey={"type":"vault","key":"hidden"}`:                                         "druid.s3.secretKey",
		`druid.s3.secretKey={"type":"environment","variable":"NO_SUCH_THING"}`:                       "druid.s3.secretKey",
		"druid.s3.protocol=http":                                                                     "druid.s3.protocol",
		"druid.s3.protocol=ftp":                                                                      "druid.s3.protocol",
		"druid.s3.endpoint.url=ftp://x":                                                              "druid.s3.endpoint.url",
		"druid.s3.endpoint.url=http://me:hidden@x":                                                   "druid.s3.endpoint.url",
		"druid.s3.fileSessionCredentials=/x":                                                         "druid.s3.fileSessionCredentials",
		"druid.s3.proxy.host=x":                                                                      "druid.s3.proxy.host",
		"druid.s3.forceGlobalBucketAccessEnabled=true":                                               "druid.s3.forceGlobalBucketAccessEnabled",
		"druid.s3.enablePathStyleAccess=yes":                                                         "druid.s3.enablePathStyleAccess",
		"druid.storage.sse.type=rot13":                                                               "druid.storage.sse.type",
		"druid.storage.sse.type=custom":                                                              "druid.storage.sse.custom.base64EncodedKey",
		"druid.storage.sse.type=custom\ndruid.storage.sse.custom.base64EncodedKey=hidden":            "druid.storage.sse.custom.base64EncodedKey",
		"druid.storage.sse.type=custom\ndruid.s3.endpoint.url=http://x\ndruid.storage.sse.custom.base64EncodedKey=" + base64.StdEncoding.EncodeToString(make([]byte, 32)): "druid.storage.sse.type",
		"druid.storage.transfer.minimumUploadPartSize=1MiB": "druid.storage.transfer.minimumUploadPartSize",
		"druid.storage.maxListingLength=0":                  "druid.storage.maxListingLength",
	} {
		_, err := Load(Sources{Files: []string{file(t, storage+wrong)}})
		if err == nil || !strings.Contains(err.Error(), want+" = ") {
			t.Errorf("%s: %v", wrong, err)
		}
		if err != nil && strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: the error tells a secret: %v", wrong, err)
		}
	}
	load(t, Sources{Files: []string{file(t, "druid.s3.accessKey=x\ndruid.s3.proxy.host=x\ndruid.s3.fileSessionCredentials=/x\ndruid.storage.baseKey=/x")}})
}

// Names that buckets may have, also older ones and those of other servers than AWS, are taken as they are.
func TestBucketNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"deep", "my.bucket-1", "Old_Bucket", "_x-", strings.Repeat("a", 255), "tenant:deep", ":deep", "arn:aws:s3:us-west-2:123456789012:accesspoint/deep"} {
		c := load(t, Sources{Files: []string{file(t, "druid.storage.type=s3\ndruid.s3.endpoint.signingRegion=us-east-1\ndruid.s3.endpoint.url=h:65535\ndruid.storage.bucket="+name)}})
		if c.DeepStorage.Bucket.Name != name {
			t.Errorf("%s is %s", name, c.DeepStorage.Bucket.Name)
		}
	}
}
