package jsontext

import (
	"encoding/json"
	"errors"
	"testing"
)

// A field has its exact name, wherever it is, and the last of that name counts; what is wrong is told as encoding/json does.
func TestUnmarshal(t *testing.T) {
	t.Parallel()
	type inner struct {
		DataSource string `json:"dataSource"`
		N          int    `json:"n"`
	}
	type outer struct {
		inner
		Spec *inner  `json:"spec"`
		List []inner `json:"list"`
	}
	for text, want := range map[string]string{
		`{"dataSource":"a","datasource":"b","DATASOURCE":"c"}`: `{"dataSource":"a","n":0,"spec":null,"list":null}`,
		`{"datasource":"b"}`:                                               `{"dataSource":"","n":0,"spec":null,"list":null}`,
		`{"dataSource":"a","dataSource":"b"}`:                              `{"dataSource":"b","n":0,"spec":null,"list":null}`,
		`{"spec":{"datasource":"b","dataSource":"a","N":1,"n":2}}`:         `{"dataSource":"","n":0,"spec":{"dataSource":"a","n":2},"list":null}`,
		`{"Spec":5,"list":[{"n":1},{"N":2}],"dataSource":null,"more":[1]}`: `{"dataSource":"","n":0,"spec":null,"list":[{"dataSource":"","n":1},{"dataSource":"","n":0}]}`,
	} {
		var got outer
		if err := Unmarshal([]byte(text), &got); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if again, err := json.Marshal(got); err != nil || string(again) != want {
			t.Errorf("%s is %s, %v, want %s", text, again, err, want)
		}
	}
	var got outer
	err := Unmarshal([]byte(`{"n":"one","dataSource":"a"}`), &got)
	var misfit *json.UnmarshalTypeError
	if !errors.As(err, &misfit) || got.DataSource != "a" {
		t.Errorf("a number that is a text: %v, %+v", err, got)
	}
	var syntax *json.SyntaxError
	if err := Unmarshal([]byte(`{"n":1`), &got); !errors.As(err, &syntax) {
		t.Errorf("a part of an object: %v", err)
	}
}
