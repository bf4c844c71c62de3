package jsontext

import (
	stdjson "encoding/json"
	"reflect"

	"github.com/go-json-experiment/json"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// Unmarshal is json.Unmarshal, but a field is found by its exact name alone, as in Java: encoding/json takes "datasource" for dataSource,
// too, and the last of the two would count. Errors are those of encoding/json.
func Unmarshal(data []byte, v any) error {
	err := json.Unmarshal(data, v, jsonv1.DefaultOptionsV1(), json.MatchCaseInsensitiveNames(false))
	if err == nil {
		return nil
	}
	if told := stdjson.Unmarshal(data, reflect.New(reflect.TypeOf(v).Elem()).Interface()); told != nil {
		return told
	}
	return err
}
