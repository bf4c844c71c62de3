// Package smile makes JSON of Smile, Jackson's binary form of it, which Druid's services speak among
// themselves as application/x-jackson-smile, and Smile of JSON.
//
// The format is that of github.com/FasterXML/smile-format-specification, version 1.0.
package smile

import "fmt"

// header begins every document: a smiley, a line feed, and flags under four bits of version.
const header = ":)\n"

// The flags of the header.
const (
	sharedNamesFlag  = 1 << 0
	sharedValuesFlag = 1 << 1
	rawBinaryFlag    = 1 << 2
)

// maxDepth is how deep containers may nest.
const maxDepth = 1000

// Tokens of values. Those with a range carry a length, an index or a value in their low bits.
const (
	valueReference     = 0x01 // to 0x1F
	emptyString        = 0x20
	null               = 0x21
	falseToken         = 0x22
	trueToken          = 0x23
	int32Token         = 0x24
	int64Token         = 0x25
	bigInteger         = 0x26
	float32Token       = 0x28
	float64Token       = 0x29
	bigDecimal         = 0x2A
	shortASCII         = 0x40 // to 0x7F: 1 to 64 bytes
	shortUnicode       = 0x80 // to 0xBF: 2 to 65 bytes
	smallInteger       = 0xC0 // to 0xDF: -16 to 15
	longASCII          = 0xE0
	longUnicode        = 0xE4
	binary7            = 0xE8
	longValueReference = 0xEC // to 0xEF
	startArray         = 0xF8
	endArray           = 0xF9
	startObject        = 0xFA
	endObject          = 0xFB
	endOfString        = 0xFC
	rawBinary          = 0xFD
	endOfContent       = 0xFF
)

// Tokens of names, where they differ.
const (
	longNameReference = 0x30 // to 0x33
	longName          = 0x34
	nameReference     = 0x40 // to 0x7F
	shortASCIIName    = 0x80 // to 0xBF: 1 to 64 bytes
	shortUnicodeName  = 0xC0 // to 0xF7: 2 to 57 bytes
)

// maxShared is how many names or values can be referred to. The next one starts afresh.
const maxShared = 1024

// Error is a document that cannot be converted.
type Error struct {
	Offset  int // of the input, in bytes
	Problem string
}

// Error tells where and what.
func (e *Error) Error() string { return fmt.Sprintf("smile: byte %d: %s", e.Offset, e.Problem) }
