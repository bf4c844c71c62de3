package form

import (
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/spelling"
	"ovate/internal/supervisor/document"
)

// Misspelt tells of the first name in a spec that Druid does not know and that is so like one it knows that this is probably meant. Others are left alone: there may be
// extensions that know them. The parts are all of the spec, or its "spec", and ioNames the members that its ioConfig may have.
func Misspelt(root, parts document.Value, ioNames []string) error {
	if err := misspeltMember(root, parts, ioNames); err != nil {
		return err
	}
	schema, format := parts.Field("dataSchema"), parts.Field("ioConfig").Field("inputFormat")
	t := &types{}
	for _, of := range []document.Value{format, format.Field("keyFormat"), format.Field("valueFormat")} {
		t.check(of, druid.InputFormatTypes())
	}
	for _, metric := range schema.Field("metricsSpec").Items() {
		t.metric(metric)
	}
	t.filter(schema.Field("transformSpec").Field("filter"))
	for _, transform := range schema.Field("transformSpec").Field("transforms").Items() {
		t.check(transform, []string{"expression"})
	}
	return t.err
}

// misspeltMember tells of the first member that Druid would ignore and whose name is so like that of one it knows that this is probably meant. One that is there
// already is not meant.
func misspeltMember(root, parts document.Value, ioNames []string) error {
	schema, partNames := parts.Field("dataSchema"), []string{"dataSchema", "ioConfig", "tuningConfig"}
	places := []struct {
		of    document.Value
		names []string
	}{
		{root, append(partNames, "type", "id", "spec", "context", "suspended", "source", "dataSource")}, {root.Field("spec"), partNames},
		{schema, schemaMembers(schema).names("parser")}, {schema.Field("timestampSpec"), timestampMembers().names()},
		{schema.Field("granularitySpec"), granularityMembers().names()}, {schema.Field("dimensionsSpec"), columnMembers().names()},
		{parts.Field("ioConfig"), ioNames},
		{parts.Field("tuningConfig"), tuningMembers().names("releaseLocksOnHandoff", "basePersistDirectory")}, // which later versions have
	}
	for _, place := range places {
		for name := range place.of.Members() {
			near := spelling.Nearest(name, place.names)
			if slices.Contains(place.names, name) || near == "" || len(place.of.Field(near).Raw()) > 0 {
				continue
			}
			return &document.Error{Field: place.of.At(name, nil).Path(), Problem: "is none that Druid knows: did you mean " + near + "?"}
		}
	}
	return nil
}

// types looks at the types of what a spec is made of. err is about the first that is misspelt.
type types struct{ err error }

func (t *types) check(of document.Value, known []string) (typ string) {
	typ, _ = of.Field("type").Text()
	if near := spelling.Nearest(typ, known); typ != "" && near != "" && !slices.Contains(known, typ) && t.err == nil {
		t.err = &document.Error{Field: of.At("type", nil).Path(), Problem: fmt.Sprintf("is none that Druid knows, but %s: did you mean %s?", of.Field("type").Shown(), near)}
	}
	return typ
}

func (t *types) metric(of document.Value) {
	if t.check(of, druid.AggregatorTypes()) == "filtered" {
		t.metric(of.Field("aggregator"))
		t.filter(of.Field("filter"))
	}
}

func (t *types) filter(of document.Value) {
	switch t.check(of, druid.FilterTypes()) {
	case "not":
		t.filter(of.Field("field"))
	case "and", "or":
		for _, one := range of.Field("fields").Items() {
			t.filter(one)
		}
	}
}
