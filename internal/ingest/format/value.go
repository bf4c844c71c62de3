package format

// kind is what was found in the place of a value.
type kind uint8

const (
	absent kind = iota
	null
	falseValue
	trueValue
	integer // digits, perhaps after a minus; may be out of the range of int64
	decimal // any other number, as JSON or Java writes it
	text
	list
	object
)

// value is a value of the row at hand, by its place in the chunk. Texts and names go without their quotes.
type value struct {
	kind    kind
	escaped bool // text: not to be taken literally, decode first
	start   int32
	end     int32
}
