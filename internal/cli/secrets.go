package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"ovate/internal/config"
	"ovate/internal/datadir"
	"ovate/internal/metadata"
	"ovate/internal/seal"
	"ovate/internal/stores"
)

// secrets is the commands about how secrets are kept in the metadata.
type secrets struct {
	Key  makeKey   `cmd:"" help:"Make a key to seal secrets with."`
	Seal sealAll   `cmd:"" help:"Seal all secrets of the metadata with the first key. No server may run."`
	Open unsealAll `cmd:"" help:"Have all secrets of the metadata stand there as they are. No server may run."`
}

type makeKey struct{}

// Help gives the examples.
func (*makeKey) Help() string {
	return examples("a file of one key", "(umask 077; ovate secrets key > /etc/ovate/store.key)", "another key, which seals from now on",
		"(umask 077; { ovate secrets key; cat /etc/ovate/store.key; } > new.key) && mv new.key /etc/ovate/store.key")
}

// Run prints a key.
func (*makeKey) Run(streams *Streams) error {
	_, err := fmt.Fprintln(streams.Out, seal.NewKey())
	return err
}

// sealing is the flags of the commands that change the metadata, which are those of the server.
type sealing struct {
	Data   string            `type:"path" placeholder:"DIR" help:"Folder for everything the server keeps. Default: ./var."`
	Config []string          `type:"path" placeholder:"FILE" sep:"none" help:"Properties file of the server; may be repeated, later files win."`
	Set    map[string]string `short:"D" placeholder:"NAME=VALUE" mapsep:"none" help:"One property, over files and environment."`
}

type sealAll struct{ sealing }

// Help gives the examples.
func (*sealAll) Help() string {
	return "Seals what was stored before there was a key, and what other keys have sealed, with the first key of ovate.store.keyFile. Afterwards the others may leave the file.\n\n" +
		examples("with the properties of the server", "ovate secrets seal --config runtime.properties")
}

// Run seals.
func (s *sealAll) Run(ctx context.Context, streams *Streams) error {
	return s.change(ctx, streams, "sealed with the first key", (*seal.Keys).SealAll)
}

type unsealAll struct{ sealing }

// Help gives the examples.
func (*unsealAll) Help() string {
	return "Takes the seals off, so that an Overlord of Java can go on with the database, or a server without a key. ovate.store.keyFile has to name the keys, and be left out afterwards.\n\n" +
		examples("with the properties of the server", "ovate secrets open --config runtime.properties")
}

// Run opens.
func (u *unsealAll) Run(ctx context.Context, streams *Streams) error {
	return u.change(ctx, streams, "opened", (*seal.Keys).OpenAll)
}

// change changes all secrets of the metadata, of which no server must make use meanwhile.
func (s *sealing) change(ctx context.Context, streams *Streams, done string, change func(*seal.Keys, context.Context, metadata.Store) (int, error)) (err error) {
	from := serve{Data: s.Data, Config: s.Config, Set: s.Set}
	cfg, err := config.Load(from.sources(streams.Environ))
	if err != nil {
		return &inputError{err}
	}
	if cfg.Sealing.Keys == nil {
		return &inputError{errors.New("ovate.store.keyFile, or ovate.store.key, must say with which keys secrets are sealed; `ovate secrets key` makes one")}
	}
	there, err := stores.ReadMetadata(ctx, cfg)
	if errors.Is(err, fs.ErrNotExist) {
		return &inputError{fmt.Errorf("there is no metadata in %s: --data or --config must say where the server has it", cfg.Metadata.Place())}
	}
	if err != nil {
		return err
	}
	if err := there.Close(); err != nil {
		return err
	}
	claimed, err := datadir.Acquire(cfg.Folder())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, claimed.Release()) }()
	failed := make(chan error, 1)
	log := slog.New(slog.DiscardHandler)
	store, err := stores.Metadata(ctx, cfg, log, func(err error) { failed <- err }, func(int) {})
	if err != nil {
		return err
	}
	rows, err := change(cfg.Sealing.Keys, ctx, store)
	err = errors.Join(err, store.Close())
	select {
	case lost := <-failed:
		err = errors.Join(err, lost)
	default:
	}
	if err == nil && rows > 0 {
		err = stores.ForgetReplaced(cfg)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(streams.Out, "%d tasks, versions of supervisors, submissions and webhooks have their secrets %s.\n", rows, done)
	return err
}
