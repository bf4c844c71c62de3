package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"ovate/internal/ingest/source"
)

// extension is the end of a name that tells how the file is compressed, as Druid knows it; "" if it has none.
func extension(name string) string {
	switch ext := filepath.Ext(name); ext {
	case ".gz", ".zst", ".bz2", ".xz":
		return ext
	}
	return ""
}

// beginning is the first bytes as they are stored.
func (in *Input) beginning() (magic []byte, err error) {
	r, err := in.open()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	magic = make([]byte, 16)
	n, err := io.ReadFull(r, magic)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil // shorter than that
	}
	return magic[:n], err
}

// compression tells from the first bytes how a file is compressed. Files that are not text are refused.
func compression(magic []byte) (string, error) {
	for _, known := range []struct{ ext, magic string }{
		{".gz", "\x1f\x8b"}, {".zst", "\x28\xb5\x2f\xfd"}, {".bz2", "BZh"}, {".xz", "\xfd7zXZ\x00"},
	} {
		if bytes.HasPrefix(magic, []byte(known.magic)) && (known.ext != ".bz2" || len(magic) > 9 && string(magic[4:10]) == "1AY&SY") {
			return known.ext, nil
		}
	}
	for _, other := range []struct{ magic, what string }{
		{"PAR1", "a Parquet file"}, {"ORC", "an ORC file"}, {"Obj\x01", "an Avro file"}, {"ARROW1", "an Arrow file"},
		{"\xd0\xcf\x11\xe0", "an Office document, such as a workbook of Excel"}, {"SQLite format 3", "a SQLite database"},
		{"\x89HDF", "an HDF5 file"}, {"7z\xbc\xaf", "a 7z archive"}, {"Rar!", "a RAR archive"}, {"RDX", "a file of R"},
		{"\x89PNG", "a picture"}, {"\xff\xd8\xff\xe0", "a picture"}, {"GIF8", "a picture"}, {"\x93NUMPY", "an array of NumPy"}, {"FEA1", "a Feather file"},
		{"\x04\x22\x4d\x18", "compressed with lz4"}, {"\xff\x06\x00\x00sNaPpY", "compressed with snappy"},
	} {
		if bytes.HasPrefix(magic, []byte(other.magic)) && bytes.ContainsFunc(magic, inNoText) {
			return "", notText(other.what)
		}
	}
	return "", nil
}

// notText refuses what has rows, if any, otherwise than as text.
func notText(what string) error {
	return fmt.Errorf("is %s; rows must be text: JSON, csv or tsv, plain or as .gz, .zst, .bz2, .xz or .zip", what)
}

// inNoText tells whether a character is none of a text, nor parts its fields. Files of other kinds have one soon behind the letters by which they are
// known, with which a text may begin as well: ORCID,name.
func inNoText(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\n\r\x01\x1e\x1f", r) }

// text opens the input and undoes compression and encoding. What comes is UTF-8 without a byte order mark, if the input is what
// it is taken for.
func (in *Input) text() (io.ReadCloser, error) {
	stored, err := in.open()
	if err != nil {
		return nil, err
	}
	if in.ctx != nil {
		stored = untilDone{ctx: in.ctx, ReadCloser: in.looked.from(stored)}
	}
	return in.textOf(stored)
}

// textOf does so with what is stored, which is closed with the text.
func (in *Input) textOf(stored io.ReadCloser) (io.ReadCloser, error) {
	in.consumed.Store(0)
	r, err := source.Decompress(stored, in.Compression, &in.consumed)
	if err != nil {
		return nil, errors.Join(err, stored.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{decode(r, &in.Dialect), r}, nil
}

// buffered reads text by a buffer that is no larger than what is in the input, as there may be many small ones.
func (in *Input) buffered(text io.Reader) *bufio.Reader {
	size := int64(64 << 10)
	if in.Compression == "" {
		size = min(size, max(in.Size+1, 512)) // the end is seen, too
	}
	return bufio.NewReaderSize(text, int(size))
}

// script is how JavaScript begins that gives JSON to a function or a variable.
var script = regexp.MustCompile(`^(/\*\*/\s*)?([\w.$]+\(\s*(\[\s*)?\{|((var|let|const)\s+[\w$]+|window\.[\w.$]+)\s*=\s*[\[{])`)

// checkInside refuses what shows behind the compression only: archives, what is compressed twice, pages.
func (in *Input) checkInside(head []byte) error {
	if len(head) > 262 && strings.HasPrefix(string(head[257:]), "ustar") {
		return errors.New("is a tar archive; unpack it, and name its files or their folder")
	}
	if in.Compression != "" {
		inner, err := compression(head[:min(len(head), 16)])
		switch {
		case err != nil:
			return err
		case inner != "":
			return fmt.Errorf("is compressed twice, as %s within %s; unpack it once", inner, in.Compression)
		case bytes.HasPrefix(head, []byte(zipMagic)):
			return fmt.Errorf("is a zip archive within %s; unpack it once", in.Compression)
		}
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(head, []byte(mark)))
	begin := strings.ToLower(string(text[:min(len(text), 15)]))
	switch {
	case strings.HasPrefix(begin, "%pdf-"):
		return notText("a PDF")
	case strings.HasPrefix(begin, "<stata_dta>"):
		return notText("a file of Stata")
	case strings.HasPrefix(begin, "<!doctype html"), strings.HasPrefix(begin, "<html"):
		return errors.New("is a page of the web (HTML), perhaps one that tells of an error; rows must be JSON, csv or tsv")
	case script.Match(text[:min(len(text), 200)]):
		return errors.New("is JavaScript that holds JSON; remove what stands before and behind the JSON")
	case strings.HasPrefix(begin, "<?xml"):
		return errors.New("is XML; rows must be JSON, csv or tsv")
	}
	return nil
}
