// Package spec reads what tasks are asked to do, above all the ingestion specs of `index` and `index_parallel`.
//
// Read and Parse decode and validate as Druid does, AppendJSON writes a spec back with every default that Druid
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
	projections bool // an empty list of them was given
}

// TimestampSpec says where the time of a row stands. Format is as given ("auto" when absent).
type TimestampSpec struct {
	Column  string
	Format  string
	Missing *druid.Instant // used when the field is null or absent

	missingText string // Missing in the offset it was given in, if that is not UTC
}

// DimensionsSpec lists the dimensions. With none listed, or with IncludeAll, they are discovered from the data.
type DimensionsSpec struct {
	Dimensions []Dimension // without __time, which is a column anyway
	Exclusions []string    // as Druid completes them, with the timestamp column, metrics and what they read
	IncludeAll bool

	timeListed bool // __time was the first dimension
	sortGiven  bool // forceSegmentSortByTime was given, true
}

// Discovers tells whether fields that are not listed become dimensions.
func (d *DimensionsSpec) Discovers() bool {
	return d.IncludeAll || len(d.Dimensions) == 0 && !d.timeListed
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

// String is the type as Druid names it in dimensions and aggregators.
func (t ColumnType) String() string {
	return [...]string{String: "string", Long: "long", Float: "float", Double: "double"}[t]
}

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
	Intervals []druid.Interval // as given, which may be in any order and overlap; empty: taken from the data
}

// IOConfig says where rows come from and what becomes of the data that is there.
type IOConfig struct {
	Source InputSource
	Format InputFormat
	Append bool // appendToExisting
}

// InputSource is one of InlineSource, LocalSource and HTTPSource.
type InputSource interface{ appender }

// InputFormat is one of JSONFormat and TextFormat.
type InputFormat interface{ appender }

// InlineSource is data within the spec.
type InlineSource struct{ Data string }

// LocalSource is files of the server's own disk: those of BaseDir whose name matches Filter, or Files.
type LocalSource struct {
	BaseDir string
	Filter  string
	Files   []string

	hasFilter bool
}

// HTTPSource is files fetched by HTTP.
type HTTPSource struct {
	URIs     []string
	User     string
	Password string // never echoed
	// PasswordVariable is the environment variable that holds the password instead; it is read when the task runs.
	PasswordVariable string
	Headers          map[string]string // of requests

	headerNames          []string // in the order in which they were given
	hasUser, hasPassword bool
	lacksPassword        bool   // though there is a provider that should have it
	misspelt             *Error // a property that is there under a wrong name
}

// JSONFormat is one JSON object a line.
type JSONFormat struct {
	KeepNullColumns bool
	// Features are Jackson's JsonParser.Feature names that the spec sets.
	Features map[string]bool

	flatten          bool // a flattenSpec that flattens nothing was given
	keepGiven        bool
	featureNames     []string // in the order in which they were given
	newlineDelimited bool     // has no effect: input is split into lines anyway
	nodeReader       bool     // has no effect on lines
}

// TextFormat is lines of fields: csv (Delimiter ',' with quoting) and tsv (any delimiter, no quoting).
type TextFormat struct {
	Quoted         bool // csv
	Delimiter      string
	ListDelimiter  string   // \u0001 unless given
	Columns        []string // the names of the fields, unless Header is set
	Header         bool     // findColumnsFromHeader: the first row after SkipHeaderRows names the fields
	SkipHeaderRows int
	// TryParseNumbers makes numbers of what looks like one. Parse never sets it: Druid loses tryParseNumbers between the
	// Overlord and the task, so that the rows of a task have always been read without.
	TryParseNumbers bool

	listDelimiterGiven bool
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
	MaxBytesInMemory        int64 // 0: a share of memory; negative: no limit
	MaxRowsPerSegment       int
	MaxTotalRows            int64
	IndexSpec               IndexSpec
	LogParseExceptions      bool
	ReportParseExceptions   bool // MaxParseExceptions is 0 then
	MaxParseExceptions      int  // one more fails the task; negative: any does
	MaxSavedParseExceptions int  // negative: none
	// MaxLocks (maxAllowedLockCount) is the most locks that the task may take; below zero there is no limit.
	MaxLocks int

	typ            string // index or index_parallel, which need not be the type of the task
	partitions     partitions
	spillIndexSpec IndexSpec
	inert          inert
}
