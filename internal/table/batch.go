package table

// Kind is what a cell holds, as it is written.
type Kind uint8

// The kinds of cells. A column that a row of JSON does not have is no cell.
const (
	Empty  Kind = iota // nothing between two delimiters
	Text               // a field of a text file without quotes
	Quoted             // a field of a text file in quotes, which may be empty
	String             // a JSON string
	Number             // a JSON number with all its digits, or NaN, Infinity or -Infinity
	Bool               // true or false
	Null               // JSON's null
	List               // a JSON list as it is written
	Object             // a JSON object as it is written
)

// KindOf is what a value of JSON is, by its first byte.
func KindOf(first byte) Kind {
	switch first {
	case '"':
		return String
	case '{':
		return Object
	case '[':
		return List
	case 't', 'f':
		return Bool
	case 'n':
		return Null
	}
	return Number
}

// Cell is a value of a row.
type Cell struct {
	Column int32 // index of Table.Columns
	Kind   Kind
	// Raw is the text that the value stands for, without quotes and escapes; of lists and objects it is JSON as it is
	// written. It is valid UTF-8, and holds until the next row.
	Raw []byte
}

// Fault is a line, or what stands for one, that is no row of the table.
type Fault struct {
	Input  string // Input.Name
	Line   int64  // from 1
	Last   int64  // the line in which it ends, if quotes take it there; else 0
	Rows   int64  // how many rows it may have been, where a quote or a bracket that is not closed takes others with it; 0 stands for 1
	Column string // which one, if it is about one
	Value  string // what stands there, cut if it is long
	Why    string // a sentence without its subject and its full stop
	Kind   string // the same without what it says of this line alone; empty if it is the same
}

// Batch is some rows of one input that stand together.
type Batch struct {
	Seq    int    // from 0, in the order of the inputs and of their rows; the same in every Scan of the same inputs
	Input  *Input // where they come from
	Line   int64  // of the row at hand: where it begins, from 1
	Row    int    // of the row at hand, from 0 in this batch
	Cells  []Cell // of the row at hand, in the order in which they are written
	Faults []Fault

	data   []byte
	lines  int64  // of the input before data
	first  bool   // the first of its input
	list   bool   // the first of a list of rows in JSON
	carry  carry  // of what stands before data
	after  []byte // the line behind it, if that decides how its last one is read
	stop   error  // nothing can be made of the input
	reader rows
}

// rows finds the rows in the data of a batch.
type rows interface {
	begin(b *Batch)
	next(b *Batch) bool
}

// Next goes to the next row, and says whether there is one. Lines that are none are added to Faults. Once it returned false,
// Faults is complete.
func (b *Batch) Next() bool {
	b.Row++
	return b.reader.next(b)
}
