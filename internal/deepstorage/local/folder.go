package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ovate/internal/deepstorage"
)

// Folder is the folder of a Storage, for those who only look.
//
// Load specs tell of files by absolute paths, which are not those of today where the folder was reached by a link, or was moved or copied since. A
// path that leads out of the folder therefore stands for the same place in it: where what is above the place is this folder by another name, or
// where the place is there. Nothing outside of the folder is ever read or removed.
type Folder struct{ root string }

// Look is the folder, which need not be there.
func Look(dir string) (*Folder, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("deep storage %s: %w", dir, err)
	}
	return &Folder{root}, nil
}

// Path is where the files of a segment are: its folder, or its zip. A load spec of another kind of storage, or one that leads
// out of this one, is an error.
func (f *Folder) Path(loadSpec json.RawMessage) (string, error) {
	path, err := f.pathOf(loadSpec)
	if err != nil {
		return "", fmt.Errorf("load spec %s: %w", loadSpec, err)
	}
	return filepath.Join(f.root, path), nil
}

// Read implements inventory.Files: the files are read where they are. A load spec of another kind of storage, or one that leads out of this
// one, is an error.
func (f *Folder) Read(_ context.Context, loadSpec json.RawMessage, fn func(path string) error) error {
	path, err := f.Path(loadSpec)
	if err != nil {
		return err
	}
	return fn(path)
}

// Near implements inventory.Files.
func (f *Folder) Near() bool { return true }

// pathOf returns the path of a segment's folder or zip, relative to the root; or a deepstorage.ErrElsewhere.
func (f *Folder) pathOf(loadSpec json.RawMessage) (string, error) {
	path, err := f.within(loadSpec)
	if errors.Is(err, errOutside) {
		if place := f.place(loadSpec); place != "" {
			return place, nil
		}
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", deepstorage.ErrElsewhere, err)
	}
	return path, nil
}

var errOutside = errors.New("is outside of the deep storage")

// within is pathOf, with the reason alone, for paths that lead into the folder by whatever name.
func (f *Folder) within(loadSpec json.RawMessage) (string, error) {
	at, isLocal, err := deepstorage.LocalPath(loadSpec)
	if err != nil {
		return "", err
	}
	if !isLocal {
		return "", errors.New("it is not of type local")
	}
	if !filepath.IsAbs(at) {
		return "", fmt.Errorf("path %q is not absolute", at)
	}
	path, err := filepath.Rel(f.root, filepath.Clean(at))
	if err != nil || !filepath.IsLocal(path) {
		above, place := cutPlace(at)
		if place == "" || !f.is(above) {
			return "", fmt.Errorf("path %q %w %s", at, errOutside, f.root)
		}
		path = place
	}
	// dataSource/interval/version/partition, in some cases a unique name, and then the segment.
	name := filepath.Base(path)
	if strings.Count(path, "/") < deepstorage.Depth || (name != deepstorage.FolderName && name != deepstorage.ZipName) {
		return "", fmt.Errorf("path %q is not that of a segment", at)
	}
	return path, nil
}

// is tells whether dir is the folder by another name.
func (f *Folder) is(dir string) bool {
	there, err := os.Stat(dir)
	if err != nil {
		return false
	}
	own, err := os.Stat(f.root)
	return err == nil && os.SameFile(own, there)
}

// place is the place in the folder that a push of a segment made, to which the load spec gives a path elsewhere, or "" if there is none.
func (f *Folder) place(loadSpec json.RawMessage) string {
	at, _, err := deepstorage.LocalPath(loadSpec)
	if err != nil || len(deepstorage.Pushed(loadSpec)) == 0 {
		return ""
	}
	_, place := cutPlace(at)
	if place == "" || !filepath.IsLocal(place) {
		return ""
	}
	root, err := os.OpenRoot(f.root) // follows no link out of the storage
	if err != nil {
		return ""
	}
	if _, err := root.Stat(place); err != nil {
		place = ""
	}
	_ = root.Close() // only looked at
	return place
}

// cutPlace cuts the path of a segment's folder or zip into the storage's own folder and the place in it, which is "" if it is none of a segment.
func cutPlace(at string) (above, place string) {
	at = filepath.Clean(at)
	name, key := filepath.Base(at), deepstorage.PathKey(at)
	if key == "" || name != deepstorage.FolderName && name != deepstorage.ZipName {
		return "", ""
	}
	place = filepath.Join(key, name)
	above, is := strings.CutSuffix(at, "/"+place)
	if !is || above == "" {
		return "", ""
	}
	return above, place
}
