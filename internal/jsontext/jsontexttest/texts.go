// Package jsontexttest has JSON, whole and broken, for tests of whatever reads JSON.
package jsontexttest

import (
	"strings"

	"pgregory.net/rapid"
)

// Texts are texts of every form that matters, valid or not. No string in them means U+FFFD, so that one which does was decoded from what
// is no character.
var Texts = []string{
	`{"type":"index","n":[1,-2.5,0.1e+3,1E5,-0],"deep":{"a":[{"b":[]},{}],"é":"ü"},"t":true,"f":false,"z":null}`,
	" [ 1 ,\t2 ,\n{ \"a\" : \"b\" } \r] ", `"\"\\\/\b\f\n\r\t\u00e4\uD83D\uDE00 \u0000"`, `"]}\"{[,:"`, `{"a\"}":"\\","\u0061":1,"":{}}`, `{"a":1,"a":2}`,
	"\"12345678\"", "\"1234567\"", "\"ä23456789ö\"", "\"\u2028\x7f\"", "{\"long\":\"" + strings.Repeat("x", 70) + "\\n" + strings.Repeat("ß", 30) + "\"}", `{}`, `[]`, `0`, `null`, `""`,
	strings.Repeat("[", 1000) + strings.Repeat("]", 1000), strings.Repeat(`{"a":`, 300) + "1" + strings.Repeat("}", 300),
	"", " ", `{`, `[`, `"`, `{"a"`, `{"a":`, `{"a":1`, `[1`, `[1,`, `"abc`, `"abc\`, `"\u12`, `{"a":1,}`, `[1,]`, `[1 2]`, `{"a" 1}`, `{a:1}`, `{,}`, `[,]`, `{"a":1 "b":2}`, `1 2`, `{}{}`, `[}`, `{]`,
	`01`, `1.`, `.5`, `1e`, `1e+`, `-`, `+1`, `-a`, `--1`, `0x1`, `1_000`, `1.5.5`, `NaN`, `-Infinity`, `Infinity`, `nan`, `True`, `tru`, `nulls`, `truefalse`,
	`"\x"`, `"\u12g4"`, `"\ud800"`, `"\udc00\ud800"`, `"\ud800\u0041"`, `"\ud800x"`, "\"\n\"", "\"\x00\"", "\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\xff", "{\"\xe4\":1}", `'a'`, `{'a':1}`, "/**/1", "#1", "\ufeff1", "1\v", "[1]\x00",
	strings.Repeat("[", 1001) + strings.Repeat("]", 1001),
}

// Draw draws a text with a piece of another one, or without a piece.
func Draw(t *rapid.T) string {
	text := rapid.SampledFrom(Texts).Draw(t, "text")
	other := rapid.SampledFrom(Texts).Draw(t, "other")
	cut := func(of, name string) (int, int) {
		from := rapid.IntRange(0, len(of)).Draw(t, name+" from")
		return from, rapid.IntRange(from, min(len(of), from+40)).Draw(t, name+" to")
	}
	from, to := cut(text, "text")
	otherFrom, otherTo := cut(other, "other")
	return text[:from] + other[otherFrom:otherTo] + text[to:]
}
