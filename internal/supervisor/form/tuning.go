package form

import (
	"cmp"
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"

	"ovate/internal/supervisor/document"
)

// supervisorOnly are members of a tuningConfig that say what the supervisor does, and that its tasks do not have.
var supervisorOnly = []string{"workerThreads", "chatRetries", "httpTimeout", "shutdownTimeout", "offsetFetchPeriod", "repartitionTransitionDuration"}

// OfSupervisor tells whether a member of a tuningConfig is one that the supervisor alone goes by.
func OfSupervisor(name string) bool { return slices.Contains(supervisorOnly, name) }

// Tuning is the form of a tuningConfig, of a supervisor or of a task.
func Tuning(v document.Value) any {
	all := tuningMembers().object(v)
	settle(all, v)
	return all
}

// tuningMembers are those of a tuningConfig.
func tuningMembers() members {
	rows := func(unset int64) member { return member{intForm, numberOf(unset)} }
	known := members{
		"type":                                {form: unused},
		"appendableIndexSpec":                 {form: appendableForm},
		"maxRowsInMemory":                     rows(150_000),
		"maxBytesInMemory":                    {longForm, numberOf(0)},
		"skipBytesInMemoryOverheadCheck":      {truthForm, false},
		"maxRowsPerSegment":                   rows(5_000_000),
		"maxTotalRows":                        {form: longForm},
		"intermediatePersistPeriod":           {periodForm, numberOf(10 * 60 * 1000)},
		"maxPendingPersists":                  rows(0),
		"indexSpec":                           {form: indexForm},
		"indexSpecForIntermediatePersists":    {form: indexForm},
		"reportParseExceptions":               {truthForm, false},
		"handoffConditionTimeout":             {longForm, numberOf(15 * 60 * 1000)},
		"resetOffsetAutomatically":            {truthForm, false},
		"segmentWriteOutMediumFactory":        {form: mediumForm},
		"intermediateHandoffPeriod":           {periodForm, numberOf(math.MaxInt32 * 24 * 3600 * 1000)},
		"logParseExceptions":                  {truthForm, false},
		"maxParseExceptions":                  rows(math.MaxInt32),
		"maxSavedParseExceptions":             rows(0),
		"numPersistThreads":                   rows(1),
		"maxColumnsToMerge":                   rows(-1),
		"skipSequenceNumberAvailabilityCheck": {form: unused}, // which is for other streams than Kafka's
	}
	for _, name := range supervisorOnly {
		known[name] = member{form: unused}
	}
	return known
}

// settle brings what depends on something else into one form.
func settle(all map[string]any, v document.Value) {
	if below(all["numPersistThreads"], 1) {
		delete(all, "numPersistThreads")
	}
	if all["maxRowsPerSegment"] == numberOf(-1) {
		delete(all, "maxRowsPerSegment")
	}
	if all["reportParseExceptions"] == true {
		delete(all, "maxParseExceptions") // which is 0, whatever it says
		if !below(all["maxSavedParseExceptions"], 2) {
			all["maxSavedParseExceptions"] = numberOf(1)
		}
	}
	if v.Field("indexSpecForIntermediatePersists").Missing() || reflect.DeepEqual(all["indexSpecForIntermediatePersists"], all["indexSpec"]) {
		delete(all, "indexSpecForIntermediatePersists")
	} else if all["indexSpecForIntermediatePersists"] == nil {
		all["indexSpecForIntermediatePersists"] = map[string]any{} // as by default, unlike the other one
	}
}

// below tells whether the form of a number, or 0 if there is none, is below another number.
func below(form any, n int64) bool {
	number, is := form.(json.Number)
	if !is {
		return form == nil && 0 < n
	}
	given, err := number.Int64()
	return err == nil && given < n
}

// appendableForm is the form of where rows are gathered: whatever its type, there is but one.
func appendableForm(v document.Value) any {
	return members{"type": {form: unused}, "preserveExistingMetrics": {truthForm, false}}.of(v)
}

// mediumForm is the form of where columns are kept while they are written: in files, unless Druid knows the type.
func mediumForm(v document.Value) any {
	if !v.Object() {
		return nil
	}
	if typ, _ := v.Field("type").Text(); slices.Contains([]string{"legacyTmpFile", "offHeapMemory", "onHeapMemory"}, typ) {
		return typ
	}
	return "tmpFile"
}

// bitmapForm is the form of a kind of bitmaps: roaring, unless it is the other one that Druid knows.
func bitmapForm(v document.Value) any {
	if typ, _ := v.Field("type").Text(); v.Object() && typ == "concise" {
		return typ
	}
	return nil
}

// indexForm is the form of how segments are encoded.
func indexForm(v document.Value) any { return indexMembers().of(v) }

// indexMembers are those of an indexSpec.
func indexMembers() members {
	compression := oneOf("lz4", "lzf", "zstd", "uncompressed", "none")
	return members{
		"bitmap":                   {form: bitmapForm},
		"dimensionCompression":     {compression, "lz4"},
		"metricCompression":        {compression, "lz4"},
		"complexMetricCompression": {form: compression},
		"jsonCompression":          {form: compression},
		"longEncoding":             {oneOf("longs", "auto"), "longs"},
		"stringDictionaryEncoding": {form: dictionaryForm},
	}
}

// oneOf is the form of one of some words, in small letters.
func oneOf(words ...string) func(document.Value) any {
	return func(v document.Value) any {
		text := lowerForm(v)
		if given, is := text.(string); is && !slices.Contains(words, given) {
			v.Refuse("must be one of %s, but is %s", strings.Join(words, ", "), v.Shown())
		}
		return text
	}
}

func dictionaryForm(v document.Value) any {
	typ, _ := v.Field("type").Text()
	if cmp.Or(typ, "missing") != "utf8" && typ != "frontCoded" && v.Object() {
		v.Field("type").Refuse("must be utf8 or frontCoded, but is %s", v.Field("type").Shown())
	}
	if size, there := v.Field("bucketSize").Whole(math.MinInt32, math.MaxInt32); there && (size < 1 || size&(size-1) != 0) {
		v.Field("bucketSize").Refuse("must be a power of two, but is %s", v.Field("bucketSize").Shown())
	}
	v.Field("formatVersion").Whole(0, 1)
	return members{"type": {textForm, "utf8"}, "bucketSize": {intForm, numberOf(4)}, "formatVersion": {intForm, numberOf(0)}}.of(v)
}
