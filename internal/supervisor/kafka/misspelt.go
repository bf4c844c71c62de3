package kafka

import (
	"fmt"
	"slices"

	"ovate/druid"
	"ovate/internal/spelling"
	client "ovate/internal/stream/kafka"
	"ovate/internal/supervisor/document"
)

// The names of members that specs have, by where they stand: those of Druid 33, and of later ones.
var (
	rootNames   = []string{"type", "id", "spec", "dataSchema", "ioConfig", "tuningConfig", "context", "suspended", "source", "dataSource"}
	partNames   = []string{"dataSchema", "ioConfig", "tuningConfig"}
	schemaNames = []string{"dataSource", "timestampSpec", "dimensionsSpec", "metricsSpec", "granularitySpec", "transformSpec", "projections", "parser"}
	timeNames   = []string{"column", "format", "missingValue"}
	grainNames  = []string{"type", "segmentGranularity", "queryGranularity", "rollup", "intervals"}
	columnNames = []string{
		"dimensions", "dimensionExclusions", "spatialDimensions", "includeAllDimensions", "useSchemaDiscovery", "forceSegmentSortByTime",
	}
	ioNames = []string{
		"type", "topic", "topicPattern", "stream", "inputFormat", "replicas", "taskCount", "taskDuration", "consumerProperties", "autoScalerConfig", "pollTimeout",
		"startDelay", "period", "useEarliestOffset", "useEarliestSequenceNumber", "completionTimeout", "lateMessageRejectionPeriod",
		"earlyMessageRejectionPeriod", "lateMessageRejectionStartDateTime", "configOverrides", "idleConfig", "stopTaskCount", "stopTaskCountRatio",
		"emitTimeLagMetrics", "useTransaction", "serverPriorityToReplicas", "boundedStreamConfig",
	}
	tuningNames = []string{
		"type", "appendableIndexSpec", "maxRowsInMemory", "maxBytesInMemory", "skipBytesInMemoryOverheadCheck", "maxRowsPerSegment", "maxTotalRows",
		"intermediatePersistPeriod", "maxPendingPersists", "indexSpec", "indexSpecForIntermediatePersists", "reportParseExceptions", "handoffConditionTimeout",
		"resetOffsetAutomatically", "segmentWriteOutMediumFactory", "intermediateHandoffPeriod", "logParseExceptions", "maxParseExceptions",
		"maxSavedParseExceptions", "numPersistThreads", "maxColumnsToMerge", "skipSequenceNumberAvailabilityCheck", "workerThreads", "chatRetries",
		"httpTimeout", "shutdownTimeout", "offsetFetchPeriod", "repartitionTransitionDuration", "releaseLocksOnHandoff", "basePersistDirectory",
	}
	idleNames   = []string{"enabled", "inactiveAfterMillis"}
	scalerNames = []string{
		"enableTaskAutoScaler", "taskCountMax", "taskCountMin", "taskCountStart", "minTriggerScaleActionFrequencyMillis", "autoScalerStrategy",
		"lagCollectionIntervalMillis", "lagCollectionRangeMillis", "scaleOutThreshold", "triggerScaleOutFractionThreshold", "scaleInThreshold",
		"triggerScaleInFractionThreshold", "scaleActionStartDelayMillis", "scaleActionPeriodMillis", "scaleInStep", "scaleOutStep", "stopTaskCountRatio",
		"lagAggregate",
	}
	dimensionNames = []string{"type", "name", "multiValueHandling", "createBitmapIndex", "dims", "castToType", "formatVersion"}
	dimensionTypes = []string{"string", "long", "float", "double", "spatial", "json", "auto"}
	indexNames     = []string{
		"bitmap", "dimensionCompression", "stringDictionaryEncoding", "metricCompression", "longEncoding", "complexMetricCompression", "jsonCompression",
		"segmentLoader",
	}
	bitmapTypes = []string{"roaring", "concise"}
	headerTypes = []string{"string"}
	// formatNames are by the types of formats that are known to have no others.
	formatNames = map[string][]string{
		"json": {"type", "flattenSpec", "featureSpec", "keepNullColumns", "assumeNewlineDelimited", "useJsonNodeReader"},
		"csv":  {"type", "columns", "listDelimiter", "hasHeaderRow", "findColumnsFromHeader", "skipHeaderRows", "tryParseNumbers"},
		"tsv":  {"type", "columns", "listDelimiter", "delimiter", "hasHeaderRow", "findColumnsFromHeader", "skipHeaderRows", "tryParseNumbers"},
		"kafka": {
			"type", "headerFormat", "keyFormat", "valueFormat", "headerColumnPrefix", "keyColumnName", "timestampColumnName", "topicColumnName",
			"partitionColumnName", "offsetColumnName",
		},
	}
)

// misspelt tells of the first name that Druid does not know and that is so like one it knows that this is probably meant. Others are left alone: there may be
// extensions that know them.
func misspelt(root, parts document.Value) error {
	if err := misspeltMember(root, parts); err != nil {
		return err
	}
	schema, format := parts.Field("dataSchema"), parts.Field("ioConfig").Field("inputFormat")
	t := &types{}
	for _, of := range formats(format) {
		t.check(of, druid.InputFormatTypes())
	}
	t.check(format.Field("headerFormat"), headerTypes)
	for _, dimension := range schema.Field("dimensionsSpec").Field("dimensions").Items() {
		t.check(dimension, dimensionTypes)
	}
	for _, spec := range indexSpecs(parts) {
		t.check(spec.Field("bitmap"), bitmapTypes)
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
func misspeltMember(root, parts document.Value) error {
	type place struct {
		of    document.Value
		names []string
	}
	schema, io := parts.Field("dataSchema"), parts.Field("ioConfig")
	places := []place{
		{root, rootNames}, {root.Field("spec"), partNames}, {schema, schemaNames}, {schema.Field("timestampSpec"), timeNames},
		{schema.Field("granularitySpec"), grainNames}, {schema.Field("dimensionsSpec"), columnNames}, {io, ioNames},
		{parts.Field("tuningConfig"), tuningNames}, {io.Field("idleConfig"), idleNames}, {io.Field("autoScalerConfig"), scalerNames},
		{io.Field("consumerProperties"), client.Properties()},
	}
	for _, format := range formats(io.Field("inputFormat")) {
		typ, _ := format.Field("type").Text()
		places = append(places, place{format, formatNames[typ]})
	}
	for _, dimension := range schema.Field("dimensionsSpec").Field("dimensions").Items() {
		places = append(places, place{dimension, dimensionNames})
	}
	for _, spec := range indexSpecs(parts) {
		places = append(places, place{spec, indexNames})
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
