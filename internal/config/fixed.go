package config

import "errors"

// fixed is the properties that change what Druid writes, or where, and of which one value alone can be honoured here. With
// another one the server does not start: data would be other than was asked for.
func fixed() []key {
	table := []struct{ name, value, why string }{
		{"druid.indexing.doubleStorage", "double", "doubles are always stored as doubles"},
		{"druid.indexing.formats.stringMultiValueHandlingMode", "SORTED_ARRAY", "another one is not built in this version; set multiValueHandling of the dimensions"},
		{"druid.processing.bitmap.type", "roaring", "other bitmap indexes are not built in this version"},
		{"druid.centralizedDatasourceSchema.enabled", "false", "schemas of segments are not stored in this version"},
		// Druid 33 does not start either with these, which once asked for other nulls and truths.
		{"druid.generic.useDefaultValueForNull", "false", "a null is a null, as always in Druid 33"},
		{"druid.generic.useThreeValueLogicForNativeFilters", "true", "it is so, as always in Druid 33"},
		{"druid.expressions.useStrictBooleans", "true", "it is so, as always in Druid 33"},
		{"druid.coordinator.asOverlord.enabled", "false", "a Coordinator that is the Overlord, too, is two services: let it go on as a Coordinator with false, " +
			"and give this one a file with druid.service=druid/overlord and a druid.plaintextPort of its own (docs/cluster.md)"},
	}
	keys := make([]key, 0, len(table))
	for _, f := range table {
		keys = append(keys, key{f.name, "", optional(only(f.value, f.why))})
	}
	for _, name := range []string{
		"dataSource", "pendingSegments", "segments", "rules", "config", "tasks", "taskLog", "taskLock", "audit", "supervisors", "upgradeSegments", "segmentSchemas",
	} {
		keys = append(keys, key{"druid.metadata.storage.tables." + name, "",
			optional(func(*Config, string) error {
				return errors.New("must be left out: tables are named after druid.metadata.storage.tables.base; names of their own are not built in this version")
			})})
	}
	return keys
}
