package form

import (
	"fmt"
	"maps"
	"slices"

	"ovate/druid"
	"ovate/internal/spelling"
	"ovate/internal/supervisor/document"
)

// Misspelt tells of the first name in a spec that Druid does not know and that is so like one it knows that this is probably meant. Others are left alone: there may be
// extensions that know them. The parts are all of the spec, or its "spec", and io the members that its ioConfig may have, by the part of it; "" is it itself.
func Misspelt(root, parts document.Value, io map[string][]string) error {
	if err := misspeltMember(root, parts, io); err != nil {
		return err
	}
	schema, format := parts.Field("dataSchema"), parts.Field("ioConfig").Field("inputFormat")
	t := &types{}
	for _, of := range formats(format) {
		t.check(of, druid.InputFormatTypes())
	}
	t.check(format.Field("headerFormat"), []string{"string"})
	for _, dimension := range schema.Field("dimensionsSpec").Field("dimensions").Items() {
		t.check(dimension, []string{"string", "long", "float", "double", "spatial", "json", "auto"})
	}
	for _, spec := range indexSpecs(parts) {
		t.check(spec.Field("bitmap"), []string{"roaring", "concise"})
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
func misspeltMember(root, parts document.Value, io map[string][]string) error {
	type place struct {
		of    document.Value
		names []string
	}
	schema, config, partNames := parts.Field("dataSchema"), parts.Field("ioConfig"), []string{"dataSchema", "ioConfig", "tuningConfig"}
	places := []place{
		{root, append(partNames, "type", "id", "spec", "context", "suspended", "source", "dataSource")}, {root.Field("spec"), partNames},
		{schema, schemaMembers(schema).names("parser")}, {schema.Field("timestampSpec"), timestampMembers().names()},
		{schema.Field("granularitySpec"), granularityMembers().names()}, {schema.Field("dimensionsSpec"), columnMembers().names()},
		{config, io[""]},
		{parts.Field("tuningConfig"), tuningMembers().names("releaseLocksOnHandoff", "basePersistDirectory")}, // which later versions have
	}
	for _, name := range slices.Sorted(maps.Keys(io)) {
		if name != "" {
			places = append(places, place{config.Field(name), io[name]})
		}
	}
	for _, format := range formats(config.Field("inputFormat")) {
		typ, _ := format.Field("type").Text()
		places = append(places, place{format, formatNames(typ)})
	}
	for _, dimension := range schema.Field("dimensionsSpec").Field("dimensions").Items() {
		places = append(places, place{dimension, []string{"type", "name", "multiValueHandling", "createBitmapIndex", "dims", "castToType", "formatVersion"}})
	}
	for _, spec := range indexSpecs(parts) {
		places = append(places, place{spec, indexMembers().names("segmentLoader")})
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

// formats are an inputFormat, and those that one of Kafka's records has within it.
func formats(of document.Value) []document.Value {
	return []document.Value{of, of.Field("keyFormat"), of.Field("valueFormat")}
}

// formatNames are the members of formats of a type that is known to have no others.
func formatNames(typ string) []string {
	switch table := []string{"type", "columns", "listDelimiter", "hasHeaderRow", "findColumnsFromHeader", "skipHeaderRows", "tryParseNumbers"}; typ {
	case "json":
		return []string{"type", "flattenSpec", "featureSpec", "keepNullColumns", "assumeNewlineDelimited", "useJsonNodeReader"}
	case "csv":
		return table
	case "tsv":
		return append(table, "delimiter")
	case "kafka":
		return []string{
			"type", "headerFormat", "keyFormat", "valueFormat", "headerColumnPrefix", "keyColumnName", "timestampColumnName", "topicColumnName",
			"partitionColumnName", "offsetColumnName",
		}
	}
	return nil
}

// indexSpecs are how segments are to be encoded.
func indexSpecs(parts document.Value) []document.Value {
	tuning := parts.Field("tuningConfig")
	return []document.Value{tuning.Field("indexSpec"), tuning.Field("indexSpecForIntermediatePersists")}
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
