package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"ovate/client"
	"ovate/internal/config"
	"ovate/internal/datadir"
	"ovate/internal/disk"
)

// recordsOf are the places where attempts at the metadata of a running server may be on record. The first is where this one goes: the data folder
// the metadata are in, if it is one that this user may write to from here, as a process without a server, or by another address of one, looks there, too.
func (i *ingestRun) recordsOf(ctx context.Context, overlord *client.Client) ([]*handedIn, error) {
	which, err := i.whichMetadata(ctx, overlord)
	if err != nil {
		return nil, err
	}
	elsewhere, err := openHandedIn(overlord.URL(), which.ID)
	if err != nil {
		return nil, err
	}
	places := []*handedIn{i.record(elsewhere)}
	for _, dir := range []string{i.flags.Data, which.Folder} {
		if isFolderOf(which, dir) {
			return append([]*handedIn{i.record(&handedIn{dir: dir})}, places...), nil
		}
	}
	if i.flags.runsOnData && which.ID == "" { // a server that does not tell where its metadata are: they are nearly always there
		places = append(places, i.record(&handedIn{dir: i.flags.Data}))
	}
	return places, nil
}

// whichMetadata asks a server which metadata it works on. An Overlord in Java, and whatever stands before one, does not tell.
func (i *ingestRun) whichMetadata(ctx context.Context, overlord *client.Client) (client.Metadata, error) {
	which, err := overlord.Metadata(ctx)
	strange, refused := new(client.StrangeAnswerError), new(client.Error)
	switch {
	case errors.As(err, &strange), errors.As(err, &refused) && refused.Status < http.StatusInternalServerError:
		return client.Metadata{}, nil
	case refused.Status != 0:
		if program, unknown := askProgram(ctx, overlord); unknown == nil && !program.Own {
			return client.Metadata{}, nil
		}
	}
	if err != nil {
		return client.Metadata{}, fmt.Errorf("which metadata the server works on, so that rows that are stored already are not stored again: %w", err)
	}
	return which, nil
}

// isFolderOf tells whether a data folder is the one that these metadata are in, and may be written to.
func isFolderOf(which client.Metadata, dir string) bool {
	if which.File == "" || dir == "" {
		return false
	}
	file, err := datadir.File(filepath.Join(dir, config.MetadataFile))
	return err == nil && file == which.File && unix.Access(dir, unix.R_OK|unix.W_OK|unix.X_OK) == nil
}

// openHandedIn finds the folder for a server elsewhere. Nobody else may write there: what it says decides what is stored.
func openHandedIn(url, store string) (*handedIn, error) {
	h := &handedIn{dir: filepath.Join(os.TempDir(), fmt.Sprintf("ovate.ingest-%d", os.Geteuid())), server: hash(url), store: store}
	if _, err := os.Lstat(h.dir); errors.Is(err, fs.ErrNotExist) {
		return h, nil // it is made when it is needed
	}
	return h, disk.MkdirPrivate(h.dir)
}
