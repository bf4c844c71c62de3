package compress

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// LZF as the Java library compress-lzf frames it: chunks of at most 65535 bytes, each with a header "ZV", a byte that
// says whether it is compressed, the length of what follows and, if compressed, the length before.
const (
	lzfRaw        = 0
	lzfCompressed = 1
	lzfMaxChunk   = 1<<16 - 1
	lzfMaxOffset  = 1 << 13
	lzfMaxMatch   = 1<<8 + 1<<3
	lzfMaxRun     = 1 << 5
	lzfBits       = 13
)

// lzfTable holds 1 + where three bytes were last seen, by their hash.
type lzfTable [1 << lzfBits]int32

func appendLZF(dst, src []byte, table *lzfTable) []byte {
	for {
		chunk := src[:min(len(src), lzfMaxChunk)]
		src = src[len(chunk):]
		head := len(dst)
		dst = append(dst, 'Z', 'V', lzfCompressed, 0, 0, byte(len(chunk)>>8), byte(len(chunk)))
		dst = appendLZFChunk(dst, chunk, table)
		if n := len(dst) - head - 7; n < len(chunk)-2 {
			binary.BigEndian.PutUint16(dst[head+3:], uint16(n))
		} else {
			dst = append(dst[:head], 'Z', 'V', lzfRaw, byte(len(chunk)>>8), byte(len(chunk)))
			dst = append(dst, chunk...)
		}
		if len(src) == 0 {
			return dst
		}
	}
}

func appendLZFChunk(dst, src []byte, table *lzfTable) []byte {
	clear(table[:])
	literals := 0
	for i := 0; i+3 < len(src); {
		h := (uint32(src[i])<<16 | uint32(src[i+1])<<8 | uint32(src[i+2])) * 2654435761 >> (32 - lzfBits)
		j := int(table[h]) - 1
		table[h] = int32(i + 1)
		if j < 0 || i-j > lzfMaxOffset || src[j] != src[i] || src[j+1] != src[i+1] || src[j+2] != src[i+2] {
			i++
			continue
		}
		n := 3
		for i+n < len(src) && n < lzfMaxMatch && src[j+n] == src[i+n] {
			n++
		}
		dst = appendLZFLiterals(dst, src[literals:i])
		offset := i - j - 1
		if n-2 < 7 {
			dst = append(dst, byte((n-2)<<5|offset>>8), byte(offset))
		} else {
			dst = append(dst, byte(7<<5|offset>>8), byte(n-2-7), byte(offset))
		}
		i += n
		literals = i
	}
	return appendLZFLiterals(dst, src[literals:])
}

func appendLZFLiterals(dst, literals []byte) []byte {
	for len(literals) > 0 {
		n := min(len(literals), lzfMaxRun)
		dst = append(append(dst, byte(n-1)), literals[:n]...)
		literals = literals[n:]
	}
	return dst
}

var errLZF = errors.New("the LZF block is damaged")

// readLZF writes the content of src to out, which is large enough for any block, and returns what it wrote.
func readLZF(out, src []byte) ([]byte, error) {
	n := 0
	for len(src) > 0 {
		if len(src) < 5 || src[0] != 'Z' || src[1] != 'V' {
			return nil, errLZF
		}
		size, kind := int(binary.BigEndian.Uint16(src[3:])), src[2]
		src = src[5:]
		full := size
		if kind == lzfCompressed {
			if len(src) < 2 {
				return nil, errLZF
			}
			full = int(binary.BigEndian.Uint16(src))
			src = src[2:]
		}
		if size > len(src) || full > len(out)-n {
			return nil, errLZF
		}
		into := out[n : n+full]
		switch kind {
		case lzfRaw:
			copy(into, src[:size])
		case lzfCompressed:
			if err := readLZFChunk(into, src[:size]); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("an LZF chunk is of kind %d, neither raw nor compressed", kind)
		}
		src = src[size:]
		n += full
	}
	return out[:n], nil
}

func readLZFChunk(out, src []byte) error {
	n := 0
	for i := 0; i < len(src); {
		control := int(src[i])
		i++
		if control < lzfMaxRun {
			run := control + 1
			if i+run > len(src) || n+run > len(out) {
				return errLZF
			}
			n += copy(out[n:], src[i:i+run])
			i += run
			continue
		}
		size := control>>5 + 2
		if size == 7+2 {
			if i >= len(src) {
				return errLZF
			}
			size += int(src[i])
			i++
		}
		if i >= len(src) {
			return errLZF
		}
		from := n - (control&0x1f<<8 | int(src[i])) - 1
		i++
		if from < 0 || n+size > len(out) {
			return errLZF
		}
		for range size {
			out[n] = out[from]
			n++
			from++
		}
	}
	if n != len(out) {
		return errLZF
	}
	return nil
}
