package table

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"ovate/internal/choice"
)

// blanks is the delimiter of columns that are aligned with runs of blanks.
const blanks = "blanks"

func (o *Options) stdin() io.Reader {
	if o.Stdin != nil {
		return o.Stdin
	}
	return os.Stdin
}

// check refuses what cannot be meant, and names the flag that stands for the option.
func (o *Options) check() error {
	switch o.Format {
	case "", "json", "csv", "tsv":
	default:
		return fmt.Errorf("«--format %q» must be json, csv or tsv", o.Format)
	}
	if o.Quote != "" && o.Quote != "none" && (len(o.Quote) != 1 || o.Quote[0] <= ' ' || o.Quote[0] >= utf8.RuneSelf) {
		return fmt.Errorf("«--quote %q» must be one character such as \" or ', or none", o.Quote)
	}
	if o.Escape != "" && o.Escape != "none" && o.Escape != `\` {
		return fmt.Errorf(`«--escape %q» must be \ or none`, o.Escape)
	}
	if strings.ContainsAny(o.Delimiter, "\r\n") || o.Delimiter != "" && o.Delimiter == o.Quote {
		return fmt.Errorf("«--delimiter %q» cannot part fields", o.Delimiter)
	}
	if o.Format == "tsv" && o.Delimiter == "," {
		return errors.New("«--format tsv» and «--delimiter ,» contradict each other: what commas part is csv")
	}
	if strings.ContainsAny(o.Comment, "\r\n") || o.Comment != "" && strings.TrimSpace(o.Comment) == "" {
		return fmt.Errorf("«--comment %q» must be how comments begin, such as #, or none", o.Comment)
	}
	if o.SkipLines != nil && *o.SkipLines < 0 {
		return fmt.Errorf("«--skip-lines %d» must be a number of lines", *o.SkipLines)
	}
	if o.Encoding != "" {
		if _, _, err := lookUp(o.Encoding); err != nil {
			return err
		}
	}
	return nil
}

// delimiter is the one that the caller gave, with the names for those that are hard to type.
func (o *Options) delimiter() string {
	switch o.Delimiter {
	case `\t`, "tab":
		return "\t"
	case `\x01`, "^A":
		return "\x01"
	}
	return o.Delimiter
}

// delimiterFlag is --delimiter with what parts the fields.
func (d *Dialect) delimiterFlag() string { return delimiterFlagOf(d.Delimiter) }

func delimiterFlagOf(delimiter string) string {
	if delimiter == "\t" {
		return "«--delimiter tab»"
	}
	return choice.Flag("--delimiter", delimiter)
}
