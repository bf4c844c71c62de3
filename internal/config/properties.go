package config

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// entry is one property of a file and the line it begins on.
type entry struct {
	key, value string
	line       int
}

// parseProperties reads Java's .properties syntax (java.util.Properties.load) in UTF-8: comments, line continuation,
// '=', ':' or blanks between name and value, escapes. A name may come more than once; the caller lets the last win.
func parseProperties(text []byte) ([]entry, error) {
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n", "\ufeff", "").Replace(string(text)), "\n")
	var entries []entry
	for i := 0; i < len(lines); i++ {
		first := i + 1
		logical := strings.TrimLeft(lines[i], blanks)
		if logical == "" || logical[0] == '#' || logical[0] == '!' {
			continue
		}
		for endsInBackslash(logical) {
			logical = logical[:len(logical)-1]
			if i++; i == len(lines) {
				break
			}
			logical += strings.TrimLeft(lines[i], blanks)
		}
		rawKey, rawValue := cutKey(logical)
		key, err := unescape(rawKey)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", first, err)
		}
		value, err := unescape(rawValue)
		if err != nil {
			return nil, fmt.Errorf("line %d, %s: %w", first, key, err)
		}
		entries = append(entries, entry{key, value, first})
	}
	return entries, nil
}

const blanks = " \t\f"

// endsInBackslash tells whether a line goes on in the next: an even number of backslashes are just backslashes.
func endsInBackslash(line string) bool {
	trimmed := strings.TrimRight(line, `\`)
	return (len(line)-len(trimmed))%2 == 1
}

// cutKey splits at the first '=', ':' or blank that no backslash precedes; one '=' or ':' may follow blanks.
func cutKey(line string) (key, value string) {
	end := len(line)
	for i := 0; i < len(line); i++ {
		if line[i] == '\\' {
			i++
		} else if strings.IndexByte(blanks+"=:", line[i]) >= 0 {
			end = i
			break
		}
	}
	value = strings.TrimLeft(line[end:], blanks)
	if value != "" && (value[0] == '=' || value[0] == ':') {
		value = strings.TrimLeft(value[1:], blanks)
	}
	return line[:end], value
}

// unescape undoes \t \n \r \f, \uXXXX (UTF-16, so that pairs make one character) and \ before anything else.
func unescape(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			if s[i] != '\\' {
				out.WriteByte(s[i])
			}
			continue
		}
		i++
		switch s[i] {
		case 't':
			out.WriteByte('\t')
		case 'n':
			out.WriteByte('\n')
		case 'r':
			out.WriteByte('\r')
		case 'f':
			out.WriteByte('\f')
		case 'u':
			high, err := codeUnit(s[i+1:])
			if err != nil {
				return "", err
			}
			i += 4
			if utf16.IsSurrogate(high) && strings.HasPrefix(s[i+1:], `\u`) {
				if low, err := codeUnit(s[i+3:]); err == nil && utf16.DecodeRune(high, low) != '\ufffd' {
					high = utf16.DecodeRune(high, low)
					i += 6
				}
			}
			out.WriteRune(high)
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String(), nil
}

func codeUnit(s string) (rune, error) {
	if len(s) >= 4 {
		if n, err := strconv.ParseUint(s[:4], 16, 16); err == nil {
			return rune(n), nil
		}
	}
	return 0, fmt.Errorf(`\u must be followed by four hexadecimal digits, not by %q`, s[:min(4, len(s))])
}
