package source

import (
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"path"
	"sync/atomic"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// maxZstdWindow bounds what a zstd file can make the decoder allocate.
const maxZstdWindow = 128 << 20

// compressionOf is how the data of a name is compressed, told by its end. It fails for archives and for compressions that
// cannot be undone here.
func compressionOf(name string) (string, error) {
	switch ext := path.Ext(name); ext {
	case ".gz", ".zst", ".bz2", ".xz":
		return ext, nil
	case ".zip", ".sz":
		return "", fmt.Errorf("%s files cannot be read; use plain text, .gz, .zst, .bz2 or .xz", ext)
	}
	return "", nil
}

// Decompress returns the data of a stream that is compressed in the way of names with an end: .gz, .zst, .bz2, .xz, or "" if it is
// not. It counts the bytes that it consumes. Closing it closes the stream.
func Decompress(stream io.ReadCloser, compression string, consumed *atomic.Int64) (io.ReadCloser, error) {
	return decompress(stream, compression, consumed)
}

// decompress returns the data of a stream whose name tells how it is compressed. Closing it closes the stream.
func decompress(stream io.ReadCloser, name string, consumed *atomic.Int64) (io.ReadCloser, error) {
	compression, err := compressionOf(name)
	if err != nil {
		return nil, err
	}
	counted := &counter{stream, consumed}
	d := &decompressor{Reader: counted, compression: compression, stream: stream}
	switch compression {
	case ".gz":
		d.Reader, err = newGzipReader(counted)
	case ".zst":
		var z *zstd.Decoder
		z, err = zstd.NewReader(counted, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err == nil {
			d.Reader, d.free = z, z.Close
		}
	case ".bz2":
		d.Reader = bzip2.NewReader(counted)
	case ".xz":
		d.Reader, err = xz.NewReader(counted)
	}
	if err != nil {
		return nil, d.explain(err)
	}
	return d, nil
}

type decompressor struct {
	io.Reader
	compression string
	stream      io.Closer
	free        func()
}

func (d *decompressor) Read(b []byte) (int, error) {
	n, err := d.Reader.Read(b)
	if err != nil && err != io.EOF {
		err = d.explain(err)
	}
	return n, err
}

func (d *decompressor) explain(err error) error {
	switch {
	case d.compression == "":
		return err
	case errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF:
		return fmt.Errorf("the %s data ends too early, it has been cut off: %w", d.compression, io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("the %s data cannot be decompressed: %w", d.compression, err)
}

func (d *decompressor) Close() error {
	if d.free != nil {
		d.free()
	}
	return d.stream.Close()
}
