package supervisor

import "testing"

// Whatever a spec looks like, nothing of it changes but whether it is suspended.
func TestWithSuspended(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		`{}`:                             `{"suspended":true}`,
		` { } `:                          ` { "suspended":true} `,
		`{"a" : 1.0 }`:                   `{"a" : 1.0 ,"suspended":true}`,
		`{"suspended" : null , "b":"}"}`: `{"suspended" : true , "b":"}"}`,
		`{"susp\u0065nded":false,"spec":{"suspended":false},"suspended":false}`: `{"susp\u0065nded":true,"spec":{"suspended":false},"suspended":true}`,
	} {
		if got := string(withSuspended([]byte(spec), true)); got != want {
			t.Errorf("%s becomes %s, want %s", spec, got, want)
		}
	}
}

// Nothing of a spec changes but the number of tasks, in each place where it has one.
func TestWithTaskCount(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		`{"spec":{"ioConfig":{"topic":"t"}}}`:                                                      `{"spec":{"ioConfig":{"topic":"t","taskCount":7}}}`,
		` {"spec" : {"a":{}, "ioConfig" : { "taskCount" : 1 , "b":"}"}, "c":null}, "taskCount":1}`: ` {"spec" : {"a":{}, "ioConfig" : { "taskCount" : 7 , "b":"}"}, "c":null}, "taskCount":1}`,
		`{"spec":{"ioConfig":{"taskCount":1}},"ioConfig":{"taskCount":1}}`:                         `{"spec":{"ioConfig":{"taskCount":7}},"ioConfig":{"taskCount":7}}`,
		`{"ioConfig":{}}`:                `{"ioConfig":{"taskCount":7}}`,
		`{"spec":null,"ioConfig":"odd"}`: `{"spec":null,"ioConfig":"odd"}`,
	} {
		if got := string(withTaskCount([]byte(spec), 7)); got != want {
			t.Errorf("%s becomes %s, want %s", spec, got, want)
		}
	}
}

// Specs are the same however they are written, and not if anything in them is another.
func TestSame(t *testing.T) {
	t.Parallel()
	k, _ := kindOf("kafka", nil)
	parse := func(text string) *Spec {
		t.Helper()
		s, _, err := k.parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	of := parse(`{"type":"kafka","a":[1,2],"b":"x"}`)
	for text, want := range map[string]bool{
		`{"type":"kafka","a":[1,2],"b":"x"}`:                            true,
		`{ "b":"\u0078", "suspended":false, "a":[1, 2],"type":"kafka"}`: true,
		`{"type":"kafka","a":[1,2],"b":"x","suspended":true}`:           false,
		`{"type":"kafka","a":[2,1],"b":"x"}`:                            false,
		`{"type":"kafka","a":[1,2],"b":"x","c":null}`:                   false,
		`{"type":"kafka","a":[1,2.0],"b":"x"}`:                          false,
	} {
		if got := same(of, parse(text)); got != want {
			t.Errorf("%s is the same: %t", text, got)
		}
	}
}
