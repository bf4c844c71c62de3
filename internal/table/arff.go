package table

import (
	"bytes"
	"fmt"
	"strings"
)

// checkARFF refuses the files of Weka, whose lines before the rows are no header, and says how their rows are read.
func (d *Dialect) checkARFF(head []byte) error {
	relation := false
	var names []string
	for n := int64(1); len(head) > 0; n++ {
		line, rest, _ := bytes.Cut(head, []byte{d.Break})
		head = rest
		text := strings.TrimSpace(string(line))
		word, more, _ := strings.Cut(strings.ReplaceAll(text, "\t", " "), " ")
		switch word = strings.ToLower(word); {
		case text == "" || text[0] == '%':
		case !relation && word != "@relation":
			return nil
		case word == "@relation":
			relation = true
		case word == "@attribute":
			names = append(names, attributeName(strings.TrimSpace(more)))
		case word == "@data":
			return fmt.Errorf("is ARFF, as Weka has it, which is not read. Its rows stand behind line %d: «--skip-lines %[1]d» «--no-header» «--comment %%» «--null '?'» takes them, with columns named by their places: column_1 and those behind it are %s",
				n, some(names))
		default:
			return nil
		}
	}
	if !relation {
		return nil
	}
	return fmt.Errorf("is ARFF, as Weka has it, which is not read; make a csv file of it, with the names that stand behind @attribute in its first line")
}

// attributeName is the name at the beginning of what an attribute is.
func attributeName(text string) string {
	if text != "" && (text[0] == '\'' || text[0] == '"') {
		if end := strings.IndexByte(text[1:], text[0]); end >= 0 {
			return text[1 : 1+end]
		}
	}
	name, _, _ := strings.Cut(text, " ")
	return name
}
