// Package spec holds ingestion specs: what `index` and `index_parallel` tasks are asked to do.
//
// Parse decodes and validates a spec as Druid does, AppendJSON writes it back with every default that Druid
// writes back, and the exported fields are what the ingestion pipeline works from.
package spec

import "ovate/druid"

// Ingestion is the `spec` of a native batch task.
type Ingestion struct {
	Type   string // "index" or "index_parallel"
	Schema DataSchema
	IO     IOConfig
	Tuning Tuning
}

// DataSchema says which columns a row has and how rows are cut into segments.
type DataSchema struct {
	DataSource  string
	Timestamp   TimestampSpec
	Dimensions  DimensionsSpec
	Metrics     []Aggregator
	Granularity GranularitySpec
}

// TimestampSpec says where the time of a row stands. Format is as given ("auto" when absent).
type TimestampSpec struct {
	Column  string
	Format  string
	Missing *druid.Instant // used when the field is null or absent
}

// DimensionsSpec lists the dimensions. With none listed, or with IncludeAll, they are discovered from the data.
type DimensionsSpec struct {
	Dimensions         []Dimension
	Exclusions         []string // as Druid completes them: sorted, with timestamp column, metrics and their inputs
	IncludeAll         bool
	UseSchemaDiscovery bool
	ForceSortByTime    bool // always true in what can be run here
}

// Discovers tells whether fields that are not listed become dimensions.
func (d *DimensionsSpec) Discovers() bool {
	return len(d.Dimensions) == 0 || d.IncludeAll || d.UseSchemaDiscovery
}

// ColumnType is the type of a dimension or metric column.
type ColumnType uint8

// The types of columns that can be written.
const (
	String ColumnType = iota
	Long
	Float
	Double
)

// MultiValueHandling says what becomes of a list in a string dimension.
type MultiValueHandling string

// The three ways, by the names Druid gives them.
const (
	SortedArray MultiValueHandling = "SORTED_ARRAY"
	SortedSet   MultiValueHandling = "SORTED_SET"
	Array       MultiValueHandling = "ARRAY"
)

// Dimension is one listed dimension.
type Dimension struct {
	Name       string
	Type       ColumnType
	MultiValue MultiValueHandling // strings only
	Bitmap     bool               // strings only: write a bitmap index
}

// Aggregate is what a metric does with the values of a group of rows.
type Aggregate uint8

// The aggregates that can be ingested.
const (
	Count Aggregate = iota
	Sum
	Min
	Max
)

// Aggregator is one metric. Its column has the type Type; Count is always Long and reads no field.
type Aggregator struct {
	Name      string
	Aggregate Aggregate
	Type      ColumnType // Long, Float or Double
	Field     string
}

// GranularitySpec cuts time into segments (Segment) and rows into groups (Query).
type GranularitySpec struct {
	Segment   druid.Granularity
	Query     druid.Granularity
	Rollup    bool
	Intervals []druid.Interval // empty: taken from the data
}

// IOConfig says where rows come from and what becomes of the data that is there.
type IOConfig struct {
	Source InputSource
	Format InputFormat
	Append bool // appendToExisting
	Drop   bool // dropExisting
}

// InputSource is one of InlineSource, LocalSource and HTTPSource.
type InputSource interface{ appendJSON(dst []byte) []byte }

// InputFormat is one of JSONFormat and TextFormat.
type InputFormat interface{ appendJSON(dst []byte) []byte }

// InlineSource is data within the spec.
type InlineSource struct{ Data string }

// LocalSource is files of the server's own disk: those of BaseDir whose name matches Filter, or Files.
type LocalSource struct {
	BaseDir string
	Filter  string
	Files   []string
}

// HTTPSource is files fetched by HTTP.
type HTTPSource struct {
	URIs     []string
	User     string
	Password string
	Headers  map[string]string
}

// JSONFormat is one JSON object a line.
type JSONFormat struct {
	KeepNullColumns bool
	// Features are Jackson's JsonParser.Feature names that the spec sets.
	Features map[string]bool
}

// TextFormat is lines of fields: csv (Delimiter ',' with quoting) and tsv (any delimiter, no quoting).
type TextFormat struct {
	Quoted          bool // csv
	Delimiter       string
	ListDelimiter   string // \u0001 unless given
	Columns         []string
	Header          bool // findColumnsFromHeader
	SkipHeaderRows  int
	TryParseNumbers bool
}

// IndexSpec says how columns are encoded.
type IndexSpec struct {
	DimensionCompression string // lz4, lzf, zstd, uncompressed
	MetricCompression    string // lz4, lzf, zstd, uncompressed, none
	LongEncoding         string // longs, auto
}

// Tuning bounds the work. Zero values are never left: Parse fills in the defaults that hold, except where said.
type Tuning struct {
	MaxRowsInMemory         int
	RowsInMemoryGiven       bool  // whether the spec set MaxRowsInMemory itself
	MaxBytesInMemory        int64 // 0: a share of memory; -1: no limit
	MaxRowsPerSegment       int
	MaxTotalRows            int64
	IndexSpec               IndexSpec
	LogParseExceptions      bool
	MaxParseExceptions      int
	MaxSavedParseExceptions int
	AwaitAvailabilityMillis int64
}
