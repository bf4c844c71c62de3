package segment

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"ovate/segment/smoosh"
)

// Open opens the segment at path: its folder, or a zip file of the folder's files (index.zip). What describes the
// segment and its columns is read and checked, their values are not yet.
//
// The files must not change while the segment is open: Read and Guard make an error of it if they do. Whatever the segment returned
// as a slice of bytes is gone after Close.
func Open(path string) (*Segment, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("segment: %w", err)
	}
	if info.IsDir() {
		return openFolder(path)
	}
	return openZip(path)
}

// Packed tells that the segment at path is a zip file, which Open reads into memory as a whole. Of a folder it maps what is read.
func Packed(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

func openFolder(path string) (s *Segment, err error) {
	var maps mappings
	err = Guard(func() (err error) {
		s, err = open(path, func(name string) ([]byte, error) { return maps.open(filepath.Join(path, name)) })
		return err
	})
	if fault := new(FaultError); errors.As(err, &fault) {
		maps.blame(fault)
	}
	if err != nil {
		return nil, errors.Join(err, maps.Close())
	}
	s.closer = &maps
	return s, nil
}

// openZip reads a zip file into memory as a whole.
func openZip(path string) (*Segment, error) {
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("segment %s: %w", path, err)
	}
	s, err := open(path, func(name string) ([]byte, error) {
		content, err := unzip(&z.Reader, name)
		if errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		if err != nil {
			return nil, &CorruptError{Segment: path, File: name, Problem: err.Error()}
		}
		return content, nil
	})
	return s, errors.Join(err, z.Close())
}

// mostDeflated is how many bytes one byte of a zip file becomes at most: a match of deflate takes 2 bits and has 258 (https://zlib.net/zlib_tech.html).
const mostDeflated = 1032

// unzip reads one file. It takes memory for what the zip file says there is, once, and for no more than what is packed there can become.
func unzip(z *zip.Reader, name string) (_ []byte, err error) {
	f, err := z.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	header, ok := info.Sys().(*zip.FileHeader)
	if !ok {
		return nil, errors.New("it is a folder")
	}
	says := header.UncompressedSize64
	if says > smoosh.MaxChunk {
		return nil, fmt.Errorf("it has more than %d bytes", smoosh.MaxChunk)
	}
	if says/mostDeflated > header.CompressedSize64 {
		return nil, fmt.Errorf("it says that it has %d bytes, which %d packed ones cannot become", says, header.CompressedSize64)
	}
	content := make([]byte, says)
	if _, err := io.ReadFull(f, content); err != nil {
		return nil, err
	}
	_, err = io.ReadFull(f, make([]byte, 1)) // nothing is left, and the checksum is right
	if err == nil {
		return nil, fmt.Errorf("it has more than the %d bytes that it says", says)
	}
	if !errors.Is(err, io.EOF) {
		return nil, err
	}
	return content, nil
}

// file is one of the files in the containers of a segment.
type file struct {
	data  []byte
	entry smoosh.Entry
}

func chunkName(e smoosh.Entry) string { return smoosh.ChunkName(e.Chunk) }

// open reads a segment whose files read returns.
func open(path string, read func(name string) ([]byte, error)) (*Segment, error) {
	got, err := read(versionName)
	if err != nil {
		return nil, fmt.Errorf("segment %s: %w", path, err)
	}
	if !bytes.Equal(got, []byte{0, 0, 0, version}) {
		return nil, &CorruptError{Segment: path, File: versionName, Problem: fmt.Sprintf("it holds % x and should hold 00 00 00 %02x: only version %d is supported", got[:min(len(got), 8)], version, version)}
	}
	s := &Segment{path: path, files: make(map[string]file)}
	if err := s.readFiles(read); err != nil {
		return nil, err
	}
	if err := s.readIndex(); err != nil {
		return nil, err
	}
	return s, s.readColumns()
}

// readFiles finds the files in the containers.
func (s *Segment) readFiles(read func(name string) ([]byte, error)) error {
	meta, err := read(smoosh.MetaName)
	if err != nil {
		return fmt.Errorf("segment %s: %w", s.path, err)
	}
	chunks, entries, err := smoosh.ParseMeta(meta)
	if err != nil {
		return &CorruptError{Segment: s.path, File: smoosh.MetaName, Problem: err.Error()}
	}
	contents := make(map[int][]byte)
	for i := range chunks {
		content, err := read(smoosh.ChunkName(i))
		if err != nil {
			return fmt.Errorf("segment %s: %w", s.path, err)
		}
		contents[i] = content
	}
	for _, e := range entries {
		if n := int64(len(contents[e.Chunk])); e.End > n {
			return &CorruptError{Segment: s.path, File: smoosh.MetaName, Problem: fmt.Sprintf("%q ends at byte %d of %s, which has %d", e.Name, e.End, chunkName(e), n)}
		}
		if _, ok := s.files[e.Name]; ok {
			return &CorruptError{Segment: s.path, File: smoosh.MetaName, Problem: fmt.Sprintf("%q is there twice", e.Name)}
		}
		s.files[e.Name] = file{contents[e.Chunk][e.Start:e.End:e.End], e}
	}
	return nil
}
