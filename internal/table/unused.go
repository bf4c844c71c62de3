package table

import (
	"cmp"
	"fmt"
	"slices"

	"ovate/internal/choice"
	"ovate/internal/shell"
)

// checkUse refuses options that are for another kind of file than all of the inputs are, so that nobody believes that they did something.
func (t *Table) checkUse() error {
	o := &t.options
	isText := func(in *Input) bool { return in.Dialect.Format != "json" }
	first := t.Inputs[0]
	if texts := slices.ContainsFunc(t.Inputs, isText); texts && o.JSONPath != "" && !slices.ContainsFunc(t.Inputs, func(in *Input) bool { return !isText(in) }) {
		return fmt.Errorf("«--json-path %s» is for JSON, and %s is %s: leave it out, or say «--format json» if it is JSON all the same", shell.Word(o.JSONPath), first.Name, cmp.Or(first.Dialect.Format, "text"))
	} else if texts {
		return nil
	}
	flag := ""
	switch {
	case o.Delimiter != "":
		flag = choice.FlagWord("--delimiter", o.Delimiter)
	case o.Quote != "":
		flag = choice.FlagWord("--quote", o.Quote)
	case o.Escape != "":
		flag = choice.FlagWord("--escape", o.Escape)
	case o.Fill != nil && *o.Fill:
		flag = "«--fill»"
	case o.Fill != nil:
		flag = "«--no-fill»"
	case o.Header == nil || slices.ContainsFunc(t.Inputs, func(in *Input) bool { return in.Dialect.names != nil }): // rows that are lists may have one
		return nil
	case *o.Header:
		flag = "«--header»"
	default:
		flag = "«--no-header»"
	}
	return fmt.Errorf("%s is for text files such as csv, and %s is JSON: leave it out", flag, first.Name)
}
