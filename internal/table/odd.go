package table

// odd is what Druid's reader reads in another way, or not at all.
type odd uint16

const (
	oddBlank   odd = 1 << iota // lines without anything
	oddBreak                   // rows of several lines
	oddQuote                   // quotes where they do not count
	oddQuoted                  // quotes that count only here
	oddEnd                     // a carriage return where no line ends
	oddList                    // what parts the values of a list
	oddFault                   // a line that is no row
	oddHeader                  // the header again
	oddFurther                 // delimiters with nothing behind them
	oddShort                   // rows without their last fields
	oddUnset                   // a word for a value that there is not
)

var oddReasons = [...]string{
	"has blank lines", "has line breaks within quotes", "has quotes within fields", "has quotes or escapes that Druid does not know",
	"has a carriage return that ends no line", "has the character U+0001, by which Druid parts lists", "has lines that are no rows",
	"has its header more than once", "has lines with empty fields beyond the last column",
	"has rows that lack their last fields", "has a word where there is no value",
}
