package kafka

import (
	"slices"

	"ovate/internal/spelling"
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
)

// misspelt tells of the first member that Druid would ignore and whose name is so like that of one it knows that this is probably meant. One that is there
// already is not meant.
func misspelt(root, parts document.Value) error {
	schema := parts.Field("dataSchema")
	places := []struct {
		of    document.Value
		names []string
	}{
		{root, rootNames}, {root.Field("spec"), partNames}, {schema, schemaNames}, {schema.Field("timestampSpec"), timeNames},
		{schema.Field("granularitySpec"), grainNames}, {schema.Field("dimensionsSpec"), columnNames}, {parts.Field("ioConfig"), ioNames},
		{parts.Field("tuningConfig"), tuningNames},
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
