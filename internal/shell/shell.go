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

// Word is a text as it stands where a shell takes it for one word, and else within quotes.
func Word(text string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.,:/=@%"
	if text != "" && strings.Trim(text, plain) == "" {
		return text
	}
	return Quote(text)
}
