package secret

import "testing"

// Where something was hidden is found in what is shown, and nowhere else.
func TestPlaceholder(t *testing.T) {
	t.Parallel()
	for stored, want := range map[string]string{
		`{"a":{"p\u0061ssword":"hush"},"b":1}`:                                                     "a.password",
		`{"password":{"type":"default","is":["x","hush"]}}`:                                        "password.is[0]",
		`{"uris":["http://h/a","https://me:hush@h/x"]}`:                                            "uris[1]",
		`{"uri":"see https://h/x?token=hush"}`:                                                     "uri",
		`{"uri":"https://h/x;token=hush"}`:                                                         "uri",
		`{"a":{"requestHeaders":{"X":"y"}}}`:                                                       "a.requestHeaders.X",
		`{"pin":1,"clientSecret":12345}`:                                                           "clientSecret",
		`{"query":"… TABLE(EXTERN('{\"type\":\"http\",\"httpAuthenticationPassword\":\"hush\"}'"}`: "query",
		`{"query":"… TABLE(HTTP(userName => 'me', password => 'hush'))"}`:                          "query",
		`{"sasl.jass.config":"PlainLoginModule required password=\"hush\";"}`:                      "sasl.jass.config",
		`{"chain":"-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----"}`:                 "chain",
		`{"query":"see \"password\": hush"}`:                                                       "query",
		`{"query":"SELECT '***', \"a\" : '***' AS x => '***'"}`:                                    "",
		`{"delimiter":"***","filter":"s3://b/**","text":"a***","list":["***",null]}`:               "",
		`{"password":{"type":"environment","variable":"***"}}`:                                     "",
	} {
		if got := Placeholder(Hide([]byte(stored))); got != want {
			t.Errorf("%s: %q, want %q", stored, got, want)
		}
		if got := Placeholder([]byte(stored)); want != "" && got != "" {
			t.Errorf("%s, which hides nothing: %q", stored, got)
		}
	}
}
