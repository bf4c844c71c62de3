package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"

	"ovate/internal/checksum"
	"ovate/internal/spec"
)

// local lists the files of BaseDir and of the folders in it whose name matches Filter, sorted by path, and then Files as
// they are given. A file of BaseDir with the name of one of Files is left to Files, as in Druid's LocalInputSource. A BaseDir
// that is a file is the only one there.
func local(ctx context.Context, s spec.LocalSource, policy Policy) ([]Input, error) {
	path := anyPath(s)
	if err := policy.Stalls.admit(ctx, path); err != nil {
		return nil, err
	}
	return call(ctx, policy.Stalls, path, func() ([]Input, error) { return listLocal(ctx, s, policy) }, func([]Input) {})
}

// anyPath names a source for people.
func anyPath(s spec.LocalSource) string {
	if s.BaseDir != "" || len(s.Files) == 0 {
		return s.BaseDir
	}
	return s.Files[0]
}

func listLocal(ctx context.Context, s spec.LocalSource, policy Policy) ([]Input, error) {
	var found []string
	if s.BaseDir != "" {
		listed := map[string]bool{}
		for _, file := range s.Files {
			listed[filepath.Base(file)] = true
		}
		w := walker{ctx: ctx, policy: policy, seen: map[string]bool{}, wanted: func(name string) bool {
			return matches(s.Filter, name) && !listed[name]
		}}
		if err := w.walk(s.BaseDir); err != nil {
			return nil, fmt.Errorf("inputSource.baseDir: %w", err)
		}
		slices.Sort(w.found)
		found = w.found
	}
	var inputs []Input
	for i, path := range append(found, s.Files...) {
		var want *checksum.Sum
		if listed := i - len(found); listed >= 0 && listed < len(policy.Expected) {
			want = &policy.Expected[listed]
		}
		in, err := policy.file(path, want)
		if err != nil {
			return nil, fmt.Errorf("inputSource: %w", err)
		}
		inputs = append(inputs, in)
	}
	return inputs, nil
}

// file is the input of a path, which has to be a regular file that may be read, and to hold what is wanted, unless that is nil.
func (p Policy) file(path string, want *checksum.Sum) (Input, error) {
	actual, err := p.resolve(path)
	if err != nil {
		return Input{}, err
	}
	info, err := os.Stat(actual)
	if err != nil {
		return Input{}, explain(path, err)
	}
	if err := checkRegular(path, info); err != nil {
		return Input{}, err
	}
	if want != nil && info.Size() != want.Length && info.Size() != 0 {
		return Input{}, named(path, &ChangedError{want.Length, info.Size()}) // told before all of it is read for nothing
	}
	compression, err := compressionOf(path)
	if err == nil {
		err = checkPathStored(actual)
	}
	if err != nil {
		return Input{}, named(path, err)
	}
	consumed := new(atomic.Int64)
	absolute, err := filepath.Abs(path)
	if err != nil {
		return Input{}, fmt.Errorf("%s: %w", path, err)
	}
	size := info.Size()
	if size == 0 {
		size = -1 // there may be something in it all the same
	}
	return Input{
		Name: path, URI: fileURI(absolute), Size: size, Consumed: consumed,
		Open: func(ctx context.Context) (io.ReadCloser, error) {
			f, err := p.openLocal(ctx, path, size < 0 || compression != "")
			if err != nil {
				return nil, err
			}
			compressed := path
			if size < 0 {
				empty, err := f.isEmpty()
				if err != nil {
					return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), f.Close())
				}
				if empty {
					compressed = "" // not even that
				}
			}
			if want != nil {
				r, err := openExpected(f, compressed, *want, consumed)
				return r, named(path, err)
			}
			r, err := decompress(f, compressed, consumed)
			if err != nil {
				return nil, named(path, errors.Join(err, f.Close()))
			}
			return r, nil
		},
	}, nil
}

// resolve returns the real path of one that may be read.
func (p Policy) resolve(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	actual, err := filepath.EvalSymlinks(absolute)
	if err == nil && (p.AnyLocalFile || p.root(actual) != "") {
		if info, err := os.Stat(actual); err == nil && p.isOwn(info) || !p.AnyLocalFile && p.hidesUpload(path, actual) {
			return "", ofServer(path)
		}
		return actual, nil
	}
	if err == nil && holder(p.Roots, actual) != "" {
		return "", ofServer(path)
	}
	if !p.AnyLocalFile && (err == nil || p.root(absolute) == "") { // do not tell what exists elsewhere
		return "", &UnreadableError{path, Refused{fmt.Errorf("%s may not be read: it is outside of the folders allowed for local input, which are [%s] (property ovate.ingest.localRoots)",
			path, strings.Join(p.Roots, ", "))}}
	}
	return "", explain(path, err)
}

// ofServer is the error of a path that roots hold and that may not be read all the same.
func ofServer(path string) error {
	return &UnreadableError{path, Refused{fmt.Errorf("%s may not be read: it belongs to this server itself", path)}}
}

// isOwn tells whether a file is one of the server's own under another name, as a hard link is. Where it may be read under its own name it is none.
func (p Policy) isOwn(info fs.FileInfo) bool {
	if stat, known := info.Sys().(*syscall.Stat_t); p.AnyLocalFile || info.IsDir() || known && stat.Nlink < 2 {
		return false
	}
	return slices.ContainsFunc(p.Own, func(own string) bool {
		actual, err := filepath.EvalSymlinks(own)
		if err != nil || p.root(actual) != "" {
			return false
		}
		one, err := os.Stat(actual)
		return err == nil && os.SameFile(info, one)
	})
}

// root is the real path of the root that holds a path, empty if none does, or if the path is the server's own within it.
func (p Policy) root(path string) string {
	root := holder(append(slices.Clone(p.Roots), p.upload(path)...), path)
	if root != "" && len(holder(p.Own, path)) > len(root) {
		return ""
	}
	return root
}

// holder is the real path of that of some folders or files which holds a path, of several the innermost, and empty if none does.
func holder(folders []string, path string) (found string) {
	for _, folder := range folders {
		for _, r := range []func(string) (string, error){filepath.EvalSymlinks, filepath.Abs} {
			actual, err := r(folder)
			if err != nil || len(actual) <= len(found) {
				continue
			}
			if rel, err := filepath.Rel(actual, path); err == nil && filepath.IsLocal(rel) {
				found = actual
			}
		}
	}
	return found
}

// upload is the folder of the one upload that a path leads into; none if it leads elsewhere.
func (p Policy) upload(path string) []string {
	if p.Uploads == "" {
		return nil
	}
	for _, real := range []func(string) (string, error){filepath.EvalSymlinks, filepath.Abs} {
		all, err := real(p.Uploads)
		if err != nil {
			continue
		}
		rel, err := filepath.Rel(all, path)
		if one, _, _ := strings.Cut(rel, string(filepath.Separator)); err == nil && filepath.IsLocal(rel) && one != "." {
			return []string{filepath.Join(all, one)}
		}
	}
	return nil
}

// hidesUpload tells whether a path leads into an upload whose folder it does not name, as a link does from elsewhere: whoever looks at what a task reads, before it is
// taken, finds uploads by these names.
func (p Policy) hidesUpload(path, actual string) bool {
	of := p.upload(actual)
	return len(of) > 0 && !slices.Contains(strings.Split(path, string(filepath.Separator)), filepath.Base(of[0]))
}

// open opens a file that may be read. What was opened is looked at, as something else may have been put in its place since it was listed: that does
// not wait for a pipe or a device. Within a root it goes through os.Root, so that a link put in place after the check does not lead out.
func (p Policy) open(path string) (*os.File, error) {
	actual, err := p.resolve(path)
	if err != nil {
		return nil, err
	}
	f, err := p.openActual(path, actual)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = checkRegular(path, info)
	}
	if err == nil && p.isOwn(info) {
		err = ofServer(path)
	}
	if err == nil {
		err = named(path, checkStored(f))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// openActual opens the real path of a path.
func (p Policy) openActual(path, actual string) (*os.File, error) {
	if p.AnyLocalFile {
		f, err := os.OpenFile(actual, openAtOnce, 0)
		return f, explain(path, err)
	}
	dir := p.root(actual)
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, explain(path, err)
	}
	rel, err := filepath.Rel(dir, actual)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), root.Close())
	}
	f, err := root.OpenFile(rel, openAtOnce, 0)
	return f, errors.Join(explain(path, err), root.Close())
}

// checkRegular refuses what is no file with content of its own.
func checkRegular(path string, info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return fmt.Errorf("%s is a folder; name files, or use it as baseDir with a filter", path)
	default:
		return fmt.Errorf("%s is not a regular file but %s; copy what it says to a file (cat), and name that", path, kindOf(mode))
	}
}

// kindOf names what is no regular file.
func kindOf(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "of another kind"
}

// named puts a path before an error, nil if err is nil.
func named(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", path, err)
}

// matches tells whether a name matches a filter in which * stands for any characters and ? for one.
func matches(filter, name string) bool {
	f, n := []rune(filter), []rune(name)
	star, mark := -1, 0 // the last * and the place in the name up to which it reaches
	i, k := 0, 0
	for k < len(n) {
		switch {
		case i < len(f) && f[i] == '*':
			star, mark = i, k
			i++
		case i < len(f) && (f[i] == '?' || f[i] == n[k]):
			i, k = i+1, k+1
		case star >= 0:
			mark++
			i, k = star+1, mark
		default:
			return false
		}
	}
	for i < len(f) && f[i] == '*' {
		i++
	}
	return i == len(f)
}

// fileURI writes an absolute path as Java's File.toURI does.
func fileURI(path string) string {
	const legal = "_-!.~'()*,;:$&+=@/"
	var b strings.Builder
	b.WriteString("file:")
	for _, c := range []byte(path) {
		switch {
		case c >= 0x80 || c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte(legal, c) >= 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
