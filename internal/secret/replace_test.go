package secret

import (
	"bytes"
	"testing"
)

// Exactly what is not shown is replaced, and not a byte besides.
func TestReplace(t *testing.T) {
	t.Parallel()
	never := func([]byte) bool { return false }
	for stored, want := range map[string]string{
		`{"a" : 1, "text":"the password is not here"}`:                            `{"a" : 1, "text":"the password is not here"}`,
		" {\"a\" : [1 ,{\"password\":\t\"hu\\\"sh\" } ], \"b\" : 2}\n":            " {\"a\" : [1 ,{\"password\":\t<\"hu\\\"sh\"> } ], \"b\" : 2}\n",
		`{"password":12345,"clientSecret":[null,true,"x", -1.5e3 ]}`:              `{"password":<12345>,"clientSecret":[null,true,<"x">, <-1.5e3> ]}`,
		`{"password":{"type":"environment","variable":"V"}}`:                      `{"password":{"type":"environment","variable":"V"}}`,
		`{"uris":["https://h/x", "https://me:hush@h/x"]}`:                         `{"uris":["https://h/x", <"https://me:hush@h/x">]}`,
		`{"query":"HTTP(password => 'hush')","p\u0061ssword":"x"}`:                `{"query":<"HTTP(password => 'hush')">,"p\u0061ssword":<"x">}`,
		`{"consumerProperties":{"sasl.jaas.config":"hush","bootstrap":"b:9092"}}`: `{"consumerProperties":{"sasl.jaas.config":<"hush">,"bootstrap":"b:9092"}}`,
		`"x"`: `"x"`,
	} {
		padded := append([]byte(stored), "more behind"...)[:len(stored)] // of a longer row
		if got := Replace(padded, never, func(v []byte) []byte { return append(append([]byte("<"), v...), '>') }); string(got) != want {
			t.Errorf("%s: %s, want %s", stored, got, want)
		}
	}
	also := func(text []byte) bool { return bytes.HasPrefix(text, []byte("sealed:")) }
	if got := Replace([]byte(`{"a":"sealed:x","b":"x"}`), also, func([]byte) []byte { return []byte(`1`) }); string(got) != `{"a":1,"b":"x"}` {
		t.Errorf("%s", got)
	}
}
