package detect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// checkName finds files whose content is not what their name says, before a decompressor or a parser words it worse.
func checkName(path string) error {
	magic, err := beginning(path)
	if err != nil {
		return err
	}
	kinds := []struct{ ending, name, magic string }{
		{".gz", "gzip", "\x1f\x8b"}, {".zst", "zstd", "\x28\xb5\x2f\xfd"}, {".bz2", "bzip2", "BZh"}, {".xz", "xz", "\xfd7zXZ\x00"},
	}
	for _, k := range kinds {
		is, named := bytes.HasPrefix(magic, []byte(k.magic)), strings.HasSuffix(path, k.ending)
		switch {
		case is && !named:
			return fmt.Errorf("%s is compressed with %s; its name must end in %s", path, k.name, k.ending)
		case named && !is:
			return fmt.Errorf("%s is not compressed with %s, as its name says", path, k.name)
		}
	}
	others := []struct{ magic, what string }{
		{"PAR1", "a Parquet file"}, {"PK\x03\x04", "a zip archive, as Excel's workbooks are"}, {"ORC", "an ORC file"}, {"Obj\x01", "an Avro file"},
		{"\xd0\xcf\x11\xe0", "an Excel workbook"}, {"SQLite format 3", "a SQLite database"},
	}
	for _, other := range others {
		if bytes.HasPrefix(magic, []byte(other.magic)) {
			return fmt.Errorf("%s is %s; rows must be lines of json, csv or tsv: export them as csv", path, other.what)
		}
	}
	return nil
}

// beginning is the first bytes of a file.
func beginning(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	magic := make([]byte, 16)
	n, err := io.ReadFull(file, magic)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil // shorter than that
	}
	return magic[:n], errors.Join(err, file.Close())
}
