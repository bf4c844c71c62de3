package druid

// AggregatorTypes are the types of metrics of Druid 33, and of the extensions that come with it. Others may have more.
func AggregatorTypes() []string {
	return []string{
		"cardinality", "count", "doubleAny", "doubleFirst", "doubleLast", "doubleMax", "doubleMean", "doubleMin", "doubleSum", "expression",
		"filtered", "floatAny", "floatFirst", "floatLast", "floatMax", "floatMin", "floatSum", "grouping", "histogram", "hyperUnique",
		"javascript", "longAny", "longFirst", "longLast", "longMax", "longMin", "longSum", "singleValue", "stringAny", "stringFirst",
		"stringFirstFold", "stringLast", "stringLastFold",

		"Bitmap64ExactCountBuild", "Bitmap64ExactCountMerge", "HLLSketch", "HLLSketchBuild", "HLLSketchMerge", "KllDoublesSketch",
		"KllDoublesSketchMerge", "KllFloatsSketch", "KllFloatsSketchMerge", "approxHistogram", "approxHistogramFold", "arrayOfDoublesSketch",
		"bloom", "compressedBigDecimalMax", "compressedBigDecimalMin", "compressedBigDecimalSum", "ddSketch", "distinctCount",
		"fixedBucketsHistogram", "momentSketch", "momentSketchMerge", "quantilesDoublesSketch", "quantilesDoublesSketchMerge",
		"spectatorHistogram", "spectatorHistogramDistribution", "spectatorHistogramTimer", "tDigestSketch", "thetaSketch", "timeMax", "timeMin",
		"variance", "varianceFold",
	}
}

// FilterTypes are the types of filters of rows of Druid 33, and of the extensions that come with it.
func FilterTypes() []string {
	return []string{
		"and", "arrayContainsElement", "bloom", "bound", "columnComparison", "equals", "expression", "extraction", "false", "in", "inType",
		"interval", "isfalse", "istrue", "javascript", "like", "not", "null", "or", "range", "regex", "search", "selector", "spatial", "true",
	}
}

// InputFormatTypes are the types of input formats of Druid 33, and of the extensions that come with it.
func InputFormatTypes() []string {
	return []string{
		"json", "csv", "tsv", "regex", "javascript", "lines", "kafka", "kinesis", "avro_ocf", "avro_stream", "orc", "parquet", "protobuf", "thrift", "influx",
		"opencensus-protobuf", "druid",
	}
}
