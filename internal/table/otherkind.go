package table

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// How lines of texts begin that hold settings or other things than rows, and that would pass for a table of words.
var (
	yamlItem   = regexp.MustCompile(`^- +["']?[\w.-]+["']?:( |$)`)
	yamlInside = regexp.MustCompile(`^(- |-$| +(- |["']?[\w.-]+["']?:( |$)))`)
	yamlKey    = regexp.MustCompile(`^(["']?[\w.-]+["']?:( |$)|- |-$|---$|%YAML| )`)
	section    = regexp.MustCompile(`^\[{1,2}[^\[\]{}",;\t]+\]{1,2}$`)
	setting    = regexp.MustCompile(`^[^=:\[\]{}",;\t]+[=:]`)
	property   = regexp.MustCompile(`^[\w.-]+ *[=:]`)
	tibble     = regexp.MustCompile(`^# A (tibble|grouped_df|tsibble|time tibble|rowwise_df|data frame): [\d,]+ (x|×) [\d,]+`)
	tibbleType = regexp.MustCompile(`^ *<[a-z0-9+,\[\]]+>( +<[a-z0-9+,\[\]]+>)*$`)
)

// checkOtherKind refuses a text that is something else than a table, by what can hardly stand in one, and says what it is and what to do.
func (in *Input) checkOtherKind(head []byte) error {
	switch text := bytes.TrimLeft(head, " \t\r\n"); {
	case bytes.HasPrefix(text, []byte("version https://git-lfs.github.com/spec/")):
		return errors.New("is a pointer of Git LFS, which stands for the file: git lfs pull fetches the file itself")
	case bytes.HasPrefix(text, []byte(")]}'")):
		return in.checkGuard(head)
	}
	if err := in.Dialect.checkTibble(head); err != nil {
		return err
	}
	lines := contentLines(head, in.Dialect.Break)
	all := func(of []string, forms ...*regexp.Regexp) bool {
		return !slices.ContainsFunc(of, func(line string) bool {
			return !slices.ContainsFunc(forms, func(form *regexp.Regexp) bool { return form.MatchString(line) })
		})
	}
	if len(lines) < 2 {
		return nil
	}
	kind := in.kind()
	isYAML := kind == ".yaml" || kind == ".yml"
	switch {
	case isYAML && all(lines, yamlKey), yamlItem.MatchString(lines[0]) && all(lines[1:], yamlInside), lines[0] == "---" && yamlItem.MatchString(lines[1]) && all(lines[2:], yamlInside):
		return errors.New("is YAML; rows must be JSON, csv or tsv: yq -o json FILE makes JSON of it")
	case section.MatchString(lines[0]) && setting.MatchString(lines[1]) && all(lines, section, setting):
		return errors.New("holds settings in sections, as INI and TOML files do, and no rows; rows must be JSON, csv or tsv")
	case (kind == ".properties" || kind == ".ini" || kind == ".env") && all(lines, property, section):
		return errors.New("holds settings, each with its name, and no rows; rows must be JSON, csv or tsv")
	}
	return nil
}

// checkGuard refuses JSON behind what keeps pages of other sites from reading it.
func (in *Input) checkGuard(head []byte) error {
	line, _, _ := bytes.Cut(head, []byte{'\n'})
	if rest := bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(line), []byte(")]}'"))); len(rest) > 1 {
		return fmt.Errorf("begins with %q, by which sites keep their JSON from others: remove it", ")]}'")
	}
	return fmt.Errorf("line %d is %q, by which sites keep their JSON from others: «--skip-lines %[1]d» leaves it out", in.Dialect.Skip+1, bytes.TrimSpace(line))
}

// checkTibble refuses what R prints of a tibble, in which values are rounded and rows and columns left out.
func (d *Dialect) checkTibble(head []byte) error {
	var lines [][]byte
	for line := range bytes.SplitSeq(head, []byte{d.Break}) {
		if lines = append(lines, bytes.TrimRight(line, " \r")); len(lines) == 8 {
			break
		}
	}
	if !tibble.Match(lines[0]) {
		return nil
	}
	for i, line := range lines {
		if i > 1 && tibbleType.Match(line) {
			return fmt.Errorf("is what R prints of a tibble, where numbers are rounded, and rows and columns may be left out: have R write it, with write.csv(x, FILE, row.names = FALSE). «--skip-lines %s,%s» «--delimiter blanks» takes what is printed, if no value has a blank",
				rangeText(1, int64(i-1)), fmt.Sprintf("%d-%[1]d", i+1))
		}
	}
	return nil
}

// contentLines are the first lines of a text that are neither blank nor comments of settings, but for the last, which may be cut off.
func contentLines(head []byte, br byte) (lines []string) {
	for line := range bytes.SplitSeq(head[:min(len(head), 8<<10)], []byte{br}) {
		text := bytes.TrimRight(line, " \t\r")
		if bare := bytes.TrimLeft(text, " \t"); len(bare) > 0 && bare[0] != '#' && bare[0] != ';' {
			lines = append(lines, string(text))
		}
	}
	if len(head) > 8<<10 && len(lines) > 0 {
		lines = lines[:len(lines)-1]
	}
	return lines
}
