// Package shell writes what people are told to type so that a shell takes it as it is meant.
package shell

import "strings"

// Quote is a text within quotes: double ones, or single ones where a shell would take something in it for its own.
func Quote(text string) string {
	if strings.ContainsAny(text, "$`\\\"!") {
		return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return `"` + text + `"`
}

// Flag is a flag with a value of its user's within quotes. One that begins with a hyphen stands behind an equals sign, as it would be taken for a flag itself.
func Flag(name, value string) string { return name + sign(value) + Quote(one(name, value)) }

// FlagWord is a flag as Flag has it, without quotes where the value is a word without them.
func FlagWord(name, value string) string { return name + sign(value) + Word(one(name, value)) }

// one is a value of a flag that may have several, with a backslash before what would part it.
func one(name, value string) string {
	switch name {
	case "--drop", "--columns":
		return strings.ReplaceAll(value, ",", `\,`)
	case "--type":
		return strings.ReplaceAll(value, ";", `\;`)
	}
	return value
}

func sign(value string) string {
	if strings.HasPrefix(value, "-") {
		return "="
	}
	return " "
}

// Word is a text as it stands where a shell takes it for one word, and else within quotes.
func Word(text string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.,:/=@%"
	if text != "" && strings.Trim(text, plain) == "" {
		return text
	}
	return Quote(text)
}
