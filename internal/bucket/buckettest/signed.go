package buckettest

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// signed hands on what is signed with the server's keys for its region, and refuses everything else, as real servers do.
func (s *Server) signed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch with := regexp.MustCompile(`Credential=(.*?)/\d+/(.*?)/s3/aws4_request, SignedHeaders=(.*?), `).FindStringSubmatch(r.Header.Get("Authorization")); {
		case with == nil:
			Refuse(w, http.StatusForbidden, "AccessDenied", "Access Denied")
		case with[1] != s.AccessKey:
			Refuse(w, http.StatusForbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
		case with[2] != region:
			Refuse(w, http.StatusBadRequest, "AuthorizationHeaderMalformed", "The authorization header is malformed; the region '"+with[2]+"' is wrong; expecting '"+region+"'")
		case s.authorization(r, strings.Split(with[3], ";")) != r.Header.Get("Authorization"):
			Refuse(w, http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// authorization is what a request with these headers would be signed with by whoever has the keys.
func (s *Server) authorization(r *http.Request, headers []string) string {
	again := &http.Request{Method: r.Method, URL: r.URL, Host: r.Host, ContentLength: r.ContentLength, Header: http.Header{}}
	for _, name := range headers {
		if values := r.Header.Values(name); values != nil {
			again.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		return err.Error()
	}
	keys := aws.Credentials{AccessKeyID: s.AccessKey, SecretAccessKey: s.SecretKey}
	err = v4.NewSigner().SignHTTP(r.Context(), keys, again, r.Header.Get("X-Amz-Content-Sha256"), "s3", region, at, func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	if err != nil {
		return err.Error()
	}
	return again.Header.Get("Authorization")
}

// Refuse answers with an error as S3 words it.
func Refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, message) // the client may have gone
}
