package secret

import (
	"encoding/json"
	"testing"
)

func TestHide(t *testing.T) {
	t.Parallel()
	for stored, want := range map[string]string{
		`{"type":"odd", "a":[ 1 ],"text":"the password is not here"}`:                                                                                                            "",
		`{"type":"odd","httpAuthenticationPassword":"hush","x":1.0}`:                                                                                                             `{"type":"odd","httpAuthenticationPassword":"***","x":1.0}`,
		`{"p":{"type":"default","password":"hush"},"l":[{"secretAccessKey":"hush"},2]}`:                                                                                          `{"p":{"type":"default","password":"***"},"l":[{"secretAccessKey":"***"},2]}`,
		`{"password":{"type":"environment","variable":"V"}}`:                                                                                                                     "",
		`{"p\u0061ssword":"hush"}`:                                                                                                                                               `{"p\u0061ssword":"***"}`,
		`{"consumerProperties":{"sasl.jaas.config":"hush","ssl.keystore.password":"hush","bootstrap":"b"}}`:                                                                      `{"consumerProperties":{"sasl.jaas.config":"***","ssl.keystore.password":"***","bootstrap":"b"}}`,
		`{"ssl.keystore.key":"hush","ssl.keystore.type":"PEM","basic.auth.user.info":"me:hush","key.deserializer":"k"}`:                                                          `{"ssl.keystore.key":"***","ssl.keystore.type":"PEM","basic.auth.user.info":"***","key.deserializer":"k"}`,
		`{"httpAuthenticationPassword":12345,"password":["p",null,true],"clientSecret":{"type":"default","is":"p"}}`:                                                             `{"httpAuthenticationPassword":"***","password":["***",null,true],"clientSecret":{"type":"default","is":"***"}}`,
		`{"uris":["https://me:hush@h/x?X-Amz-Signature=s","https://h/x"],"sql":"at 10:30 \"x\""}`:                                                                                `{"uris":["https://***@h/x?***","https://h/x"],"sql":"at 10:30 \"x\""}`,
		`{"sql":"x(EXTERN('{\"type\":\"http\",\"httpAuthenticationPassword\" : \"it''s\",\"requestHeaders\":{\"X\":\"y\"},\"z\":1}'), \"a\": \"b\")"}`:                           `{"sql":"x(EXTERN('{\"type\":\"http\",\"httpAuthenticationPassword\" : \"***\",\"requestHeaders\":{\"X\":\"***\"},\"z\":1}'), \"a\": \"b\")"}`,
		`{"sql":"HTTP(userName => 'me', password=>'it''s', uris => ARRAY['http://h/a?b'])"}`:                                                                                     `{"sql":"HTTP(userName => 'me', password=>'***', uris => ARRAY['http://h/a?***'])"}`,
		`{"sql":"S3(\"secretAccessKey\" => 'hush', bucket => 'b')"}`:                                                                                                             `{"sql":"S3(\"secretAccessKey\" => '***', bucket => 'b')"}`,
		`{"sql":"see \"password\": hush"}`:                                                                                                                                       `{"sql":"see \"password\": ***"}`,
		`{"sasl.jass.config":"a.b.PlainLoginModule required username=\"me\" password=\"hu\\\"sh\" my.pwd='hush too' oauth_token = hush;"}`:                                       `{"sasl.jass.config":"a.b.PlainLoginModule required username=\"me\" password=\"***\" my.pwd=\"***\" oauth_token = \"***\";"}`,
		`{"x":"ScramLoginModule required password='hush"}`:                                                                                                                       `{"x":"ScramLoginModule required password=\"***\""}`,
		`{"chain":"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----\nhush\n-----END RSA PRIVATE KEY-----"}`:                          `{"chain":"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----"}`,
		`{"chain":"-----BEGIN PRIVATE KEY----- hush"}`:                                                                                                                           `{"chain":"-----BEGIN PRIVATE KEY-----***"}`,
		`{"avroBytesDecoder":{"headers":{"traceID":"hush"}},"skipHeaders":1}`:                                                                                                    `{"avroBytesDecoder":{"headers":{"traceID":"***"}},"skipHeaders":1}`,
		`{"requestHeaders":{"Authorization":"Bearer hush","X":"y"},"n":1}`:                                                                                                       `{"requestHeaders":{"Authorization":"***","X":"***"},"n":1}`,
		`{"apiKey":"h","aws_access_key_id":"h","token":"h","privateKey":"h","connection-string":"h","dbPass":"h","APIKey":"h","SAS_TOKEN":"h"}`:                                  `{"apiKey":"***","aws_access_key_id":"***","token":"***","privateKey":"***","connection-string":"***","dbPass":"***","APIKey":"***","SAS_TOKEN":"***"}`,
		`{"tokenizer":"a","passThrough":"a","keyColumn":"a","partitionKey":"a","bypass":"a","secretive":1,"signature":[{"name":"a","type":"LONG"}], "tokens" : 5,"compass":"N"}`: "",
	} {
		if want == "" {
			want = stored
		}
		if got := string(Hide([]byte(stored))); got != want || !json.Valid([]byte(got)) {
			t.Errorf("%s is shown as %s", stored, got)
		}
	}
}
