package config

import "testing"

// Values that have a secret within them are shown without it.
func TestWithoutPassword(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"jdbc:postgresql://127.0.0.1:1/db?user=u&password=a;b&ssl=false": "jdbc:postgresql://127.0.0.1:1/db?user=u&password=***&ssl=false",
		"http://user:x@127.0.0.1:9/p?apikey=x":                           "http://***@127.0.0.1:9/p?***",
		`["https://c.example/v1/traces?tok=x&y=z","HTTP://d/?k"]`:        `["https://c.example/v1/traces?***","HTTP://d/?***"]`,
		"http://127.0.0.1:9/p?access_token=x&a=b":                        "http://127.0.0.1:9/p?***",
		`{"pwd":"x\"y","maxIdle":"3"}`:                                   `{"pwd":"***","maxIdle":"3"}`,
		`{"db.password" : "x"}`:                                          `{"db.password" : "***"}`,
		`["-Dpw=x","-Xmx1g"]`:                                            `["-Dpw=***","-Xmx1g"]`,
		`["-Ddruid.metadata.storage.connector.password=x"]`:              `["-Ddruid.metadata.storage.connector.password=***"]`,
		`["druid.s3.accessKey","password","key"]`:                        `["druid.s3.accessKey","password","key"]`,
		"/srv/keys/token.file":                                           "/srv/keys/token.file",
	} {
		if got := withoutPassword(value); got != want {
			t.Errorf("%s: %s; want %s", value, got, want)
		}
	}
}
