package kafka

import (
	"slices"

	"ovate/internal/spelling"
)

// The names of members that specs have, by where they stand: those of Druid 33, and of later ones.
var (
	rootNames   = []string{"type", "id", "spec", "dataSchema", "ioConfig", "tuningConfig", "context", "suspended", "source", "dataSource"}
	partNames   = []string{"dataSchema", "ioConfig", "tuningConfig"}
	schemaNames = []string{"dataSource", "timestampSpec", "dimensionsSpec", "metricsSpec", "granularitySpec", "transformSpec", "projections", "parser"}
	ioNames     = []string{
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
func misspelt(root, parts value) error {
	places := []struct {
		of    value
		names []string
	}{
		{root, rootNames}, {root.field("spec"), partNames}, {parts.field("dataSchema"), schemaNames}, {parts.field("ioConfig"), ioNames},
		{parts.field("tuningConfig"), tuningNames},
	}
	for _, place := range places {
		for name := range place.of.members() {
			near := spelling.Nearest(name, place.names)
			if slices.Contains(place.names, name) || near == "" || len(place.of.field(near).raw) > 0 {
				continue
			}
			return &Error{place.of.at(name, nil).path, "is none that Druid knows: did you mean " + near + "?"}
		}
	}
	return nil
}
