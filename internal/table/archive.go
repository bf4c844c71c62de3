package table

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"ovate/internal/quantity"
)

// How zip archives begin, and one with nothing in it.
const (
	zipMagic      = "PK\x03\x04"
	emptyZipMagic = "PK\x05\x06"
)

// archive adds the members of a zip archive: those that match a pattern, if there is one. Else hidden ones, those that some programs add about the
// files, and beside files of rows those that are none by their names are left out and told.
func (l *lister) archive(in *Input, pattern string, open func() (io.ReaderAt, io.Closer, error)) (err error) {
	at, closer, err := open()
	if err != nil {
		return fmt.Errorf("%s: %w", in.Name, err)
	}
	list := &memberList{ReaderAt: at, left: longestList}
	reader, err := zip.NewReader(list, in.Size)
	if err != nil {
		return fmt.Errorf("%s is a zip archive that cannot be read: %w", in.Name, errors.Join(err, closer.Close()))
	}
	list.whole = true
	l.table.archives = append(l.table.archives, closer)
	var others []string
	members := 0
	wanted := wantedMembers(reader.File, pattern)
	for _, member := range reader.File {
		switch {
		case member.Name == "[Content_Types].xml":
			return fmt.Errorf("%s is an Office document, such as a workbook of Excel; export its rows as csv", in.Name)
		case member.FileInfo().IsDir():
			continue
		case !wanted(member):
			others = append(others, member.Name)
			continue
		case member.Flags&1 != 0:
			return fmt.Errorf("%s: %s in it is encrypted; unpack it first", in.Name, member.Name)
		}
		if members++; members > mostFiles {
			return fmt.Errorf("%s: there are more than %s files in this archive: unpack it, and name the folder", in.Name, quantity.Count(mostFiles))
		}
		one := &Input{Name: in.Name + ":" + member.Name, Size: int64(member.UncompressedSize64), open: member.Open}
		magic, err := one.beginning()
		if err != nil {
			return fmt.Errorf("%s: %w", one.Name, err)
		}
		if strings.HasPrefix(string(magic), zipMagic) {
			return fmt.Errorf("%s is a zip archive within one; unpack it first", one.Name)
		}
		l.table.Inputs = append(l.table.Inputs, one)
	}
	switch {
	case pattern != "" && members == 0:
		return fmt.Errorf("%s: no file in this archive matches %s; there are: %s", in.Name, pattern, some(others))
	case pattern == "" && len(others) > 0:
		l.table.note("Left out of %s, by their names: %s.", in.Name, some(others))
	}
	if members == 0 {
		return fmt.Errorf("%s: there are no files in this archive", in.Name)
	}
	return nil
}

// What an archive may hold, so that tens of thousands of files are read, and not millions of empty ones.
const (
	mostFiles   = 100_000
	longestList = 16 << 20 // bytes of the list of its files
)

// memberList is an archive, of which no more is read than a list may have until that is known as a whole.
type memberList struct {
	io.ReaderAt
	left  int
	whole bool
}

// ReadAt reads some of it.
func (l *memberList) ReadAt(p []byte, at int64) (int, error) {
	if !l.whole {
		if l.left -= len(p); l.left < 0 {
			return 0, fmt.Errorf("the list of its files has more than %d MB: unpack it, and name the folder", longestList>>20)
		}
	}
	return l.ReaderAt.ReadAt(p, at)
}

// wantedMembers returns what tells whether a member of an archive is read.
func wantedMembers(members []*zip.File, pattern string) func(*zip.File) bool {
	if pattern != "" {
		return func(m *zip.File) bool {
			whole, _ := path.Match(pattern, m.Name)
			last, _ := path.Match(pattern, path.Base(m.Name))
			return whole || last || pattern == m.Name
		}
	}
	holds := func(m *zip.File) bool { return !aside(m) && !aboutOthers(m.Name) && holdsRows(m.Name) }
	others := func(m *zip.File) bool { return !aside(m) && !aboutOthers(m.Name) && !m.FileInfo().IsDir() }
	switch {
	case slices.ContainsFunc(members, holds):
		return holds
	case slices.ContainsFunc(members, others):
		return others
	}
	return func(m *zip.File) bool { return !aside(m) }
}

// aboutOthers tells whether a file is prose about those beside it, by its name. One whose name ends as those of rows do is none, as authors.csv.
func aboutOthers(name string) bool {
	name = strings.ToLower(path.Base(name))
	name = strings.TrimSuffix(name, extension(name))
	if !slices.Contains([]string{"", ".txt", ".md", ".markdown", ".rst", ".adoc", ".html", ".htm", ".pdf"}, path.Ext(name)) {
		return false
	}
	word, _, _ := strings.Cut(name, ".")
	switch strings.TrimRight(word, "_-0123456789 ") {
	case "readme", "read_me", "read me", "license", "licence", "licenses", "copying", "copyright", "notice", "changelog", "changes", "terms", "terms_of_use", "authors", "contributing", "citation":
		return true
	}
	return false
}

// aside tells whether a member of an archive is hidden, or about another.
func aside(member *zip.File) bool {
	return strings.HasPrefix(path.Base(member.Name), ".") || strings.HasPrefix(member.Name, "__MACOSX/")
}
