package table

// Dialect is how an input is written.
type Dialect struct {
	Format   string // json; csv for text with commas; tsv for text with any other delimiter
	Encoding string // utf-8, utf-16le, windows-1252 …
	Mark     bool   // a byte order mark stands before everything

	// Of text files:
	Delimiter string   // "" if runs of blanks part the fields
	Quote     byte     // 0 if there are no quotes
	QuoteTold bool     // the caller says so
	Escape    byte     // stands before a quote within quotes, or before itself; 0 if only two quotes stand for one
	Break     byte     // ends a line: a line feed, perhaps with a carriage return before it, or a carriage return alone
	Comment   string   // how lines begin that are no rows; "" if none do
	Comments  bool     // lines that begin with # and have too few or too many fields are comments
	Exact     bool     // rows have as many fields as there are columns, no more and no less, and an empty one at the end counts
	Fill      int      // how many of the last fields a row may lack
	Trim      bool     // every field but the first has a blank before it, which does not count
	Header    bool     // a line names the columns
	Skip      int64    // lines before the first row: the header and what stands before it
	RowNames  bool     // the header has no name for the first field, which is the name of the row, as R writes it
	Trails    bool     // the header alone ends in a delimiter, after which there is nothing
	Trailing  bool     // every line ends in a delimiter, after which there is nothing
	Columns   []string // their names in the order of the fields, made up where there are none, each once
	// HeaderPlain says that Druid's reader reads the same names from the first line.
	HeaderPlain bool

	Brackets bool // brackets at the beginning of a field go on to where they are closed, as around the times of web servers

	beyond      bool        // the beginning has letters beyond ASCII that are UTF-8
	undoable    []string    // flags that undo what was found, with which the beginning is read, too
	overruled   string      // what of the mark and of what the caller says of the encoding does not count
	around      string      // what Around says
	seconds     [2]int64    // the first and the last line behind the header that it says are more of it
	frame       *frame      // how a table is drawn for people; nil if it is not
	places      *layout     // where columns stand in all lines; nil if all blanks part the fields
	first       int64       // the line with which a table begins that is aligned by blanks, 0 if that is not known
	omitted     []LineRange // lines that the caller leaves out behind the first that counts
	log         bool        // a row begins with a time, and all behind it is one more field
	maybeZone   string      // letters with which all of these fields begin at the beginning
	access      bool        // the lines are those of a web server's log, whose columns are known
	titles      int64       // lines of prose before the header
	title       string      // the first of them
	turned      *turned     // what rows were made of
	lines       bool        // a line is one value
	alone       bool        // nothing seems to part the fields, so that there is one in each line
	tables      []string    // paths of what may hold rows by columns or by keys
	wrapped     bool        // in an object, which was found without being told
	beside      []string    // keys of the object that holds the rows, which say nothing of them
	path        []string    // to the list of rows
	renamed     []rename
	guessed     bool     // nothing but its place tells whether the first line names the columns
	comments    []record // before the header, without what marks them
	dashed      int      // rows at the beginning that are lines of dashes, where there is one column
	headerLines int64    // that the header takes: there may be line breaks within quotes
	declared    *declaration
	named       int64  // the comment that names the columns, 0 if none does
	perhaps     int64  // a comment that may do so, 0 if none does
	hashes      int    // rows at the beginning that begin with # and are no comments: 0, 1 for few, 2 for a third of them or more
	typed       []bool // by field: the values at the beginning are numbers or times
	typedCount  int
	firstTyped  int
	lastTyped   int
	typedTimes  bool     // one of them is times
	names       []string // as the header has them, by field

	// Of JSON:
	Layout Layout
}

// Log tells whether the rows are lines of a log: a time, and a message.
func (d *Dialect) Log() bool { return d.log }

// Lines tells whether a line is one value, as nothing parts it.
func (d *Dialect) Lines() bool { return d.lines }

// Layout is where the rows stand in JSON.
type Layout int

// The layouts of JSON.
const (
	Lines   Layout = iota // one row a line
	Objects               // one after the other, over any lines
	Array                 // in one list
)
