package seal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ovate/internal/metadata"
)

// used is the row of druid_config that tells by which keys secrets of the store may be sealed.
const used = "ovate.sealed"

// note is what the row has: of each key, by its id, a text that it has sealed.
type note struct {
	Keys map[string]string `json:"keys"`
}

// Check fails unless all that the store has sealed can be opened. keys may be nil: then nothing must be.
func Check(ctx context.Context, r metadata.Reader, keys *Keys) error {
	n, _, err := readNote(ctx, r)
	if err != nil {
		return err
	}
	var missing []string
	for id, text := range n.Keys {
		if !keys.opens(id, text) {
			missing = append(missing, id)
		}
	}
	if missing == nil {
		return nil
	}
	slices.Sort(missing)
	return fmt.Errorf("secrets of the metadata are sealed with a key that is not given (id %s): name the file that has it as ovate.store.keyFile", strings.Join(missing, ", "))
}

// opens tells whether the key of an id is there and has sealed a text.
func (k *Keys) opens(id, text string) bool {
	if k == nil || k.of(id) == nil {
		return false
	}
	_, ok := k.open(used, []byte(text))
	return ok
}

func readNote(ctx context.Context, r metadata.Reader) (n note, stored []byte, err error) {
	stored, err = r.Config(ctx, used)
	if errors.Is(err, metadata.ErrNotFound) {
		return n, nil, nil
	}
	if err == nil {
		err = json.Unmarshal(stored, &n)
	}
	if err != nil {
		return n, stored, fmt.Errorf("config %s of the metadata: %w", used, err)
	}
	return n, stored, nil
}

// Begin notes that the first key seals from now on. It is called before it does.
func (k *Keys) Begin(ctx context.Context, s metadata.Store) error {
	return setNote(ctx, s, func(n *note) { n.Keys[k.all[0].id] = k.proof() })
}

// proof is a text that the first key has sealed.
func (k *Keys) proof() string {
	first := &k.all[0]
	return mark + first.id + ":" + encoding.EncodeToString(first.aead.Seal(nil, nil, []byte(used), []byte(used)))
}

// setNote changes the note, unless it would name the same keys.
func setNote(ctx context.Context, s metadata.Store, edit func(*note)) error {
	return s.Update(ctx, func(tx metadata.Tx) error {
		n, stored, err := readNote(ctx, tx)
		if err != nil {
			return err
		}
		changed := note{map[string]string{}}
		maps.Copy(changed.Keys, n.Keys)
		edit(&changed)
		if maps.EqualFunc(n.Keys, changed.Keys, func(string, string) bool { return true }) {
			return nil
		}
		text, err := json.Marshal(changed)
		if err != nil {
			return err
		}
		return tx.SwapConfig(used, stored, text)
	})
}

// SealAll seals all secrets of the store by the first key, however they are sealed, or not yet, and notes that no other key is needed any more.
// It returns how many rows it has changed. The store must be one of sealed rows, unlike what Store makes; nobody else may write to it meanwhile.
func (k *Keys) SealAll(ctx context.Context, s metadata.Store) (changed int, err error) {
	if err := Check(ctx, s, k); err != nil {
		return 0, err
	}
	if err := k.Begin(ctx, s); err != nil {
		return 0, err
	}
	changed, err = k.each(ctx, s, k.Seal)
	if err != nil {
		return changed, err
	}
	return changed, setNote(ctx, s, func(n *note) { n.Keys = map[string]string{k.all[0].id: k.proof()} })
}

// OpenAll has all secrets stand in the store as they are, and notes that no key is needed any more.
func (k *Keys) OpenAll(ctx context.Context, s metadata.Store) (changed int, err error) {
	if err := Check(ctx, s, k); err != nil {
		return 0, err
	}
	changed, err = k.each(ctx, s, func(_ string, plain []byte) []byte { return plain })
	if err != nil {
		return changed, err
	}
	return changed, setNote(ctx, s, func(n *note) { n.Keys = map[string]string{} })
}

// atOnce is how many rows one transaction changes.
const atOnce = 200

// each puts what write makes of the plain payload of each row in its place.
func (k *Keys) each(ctx context.Context, s metadata.Store, write func(row string, plain []byte) []byte) (changed int, err error) {
	tasks, err := taskIDs(ctx, s)
	if err != nil {
		return 0, err
	}
	for some := range slices.Chunk(tasks, atOnce) {
		n, err := k.eachTask(ctx, s, some, write)
		changed += n
		if err != nil {
			return changed, err
		}
	}
	supervisors, err := s.SupervisorIDs(ctx)
	if err != nil {
		return changed, err
	}
	for _, id := range supervisors {
		n, err := k.eachVersion(ctx, s, id, write)
		changed += n
		if err != nil {
			return changed, err
		}
	}
	kinds, err := s.RecordKinds(ctx)
	if err != nil {
		return changed, err
	}
	for _, kind := range kinds {
		n, err := k.eachRecord(ctx, s, kind, write)
		changed += n
		if err != nil {
			return changed, err
		}
	}
	return changed, nil
}

func taskIDs(ctx context.Context, s metadata.Reader) ([]string, error) {
	ids, err := s.ActiveTaskIDs(ctx)
	if err != nil {
		return nil, err
	}
	err = s.CompleteTasks(ctx, metadata.TaskQuery{Max: -1}, func(row *metadata.TaskRow) error {
		ids = append(ids, row.ID)
		return nil
	})
	return ids, err
}

func (k *Keys) eachTask(ctx context.Context, s metadata.Store, ids []string, write func(row string, plain []byte) []byte) (changed int, err error) {
	err = s.Update(ctx, func(tx metadata.Tx) error {
		changed = 0
		for _, id := range ids {
			row, err := tx.Task(ctx, id)
			if errors.Is(err, metadata.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if text, other := k.rewrite(taskRow(id), row.Payload, write); other {
				if err := tx.SetTaskPayload(id, text); err != nil {
					return err
				}
				changed++
			}
		}
		return nil
	})
	return changed, err
}

func (k *Keys) eachVersion(ctx context.Context, s metadata.Store, id string, write func(row string, plain []byte) []byte) (changed int, err error) {
	err = s.Update(ctx, func(tx metadata.Tx) error {
		var rows []metadata.SupervisorRow
		err := tx.SupervisorVersions(ctx, id, -1, func(row *metadata.SupervisorRow) error {
			if text, other := k.rewrite(supervisorRow(id), row.Payload, write); other {
				rows = append(rows, metadata.SupervisorRow{ID: row.ID, SpecID: id, Payload: text})
			}
			return nil
		})
		for _, row := range rows {
			if err == nil {
				err = tx.SetSupervisorPayload(row)
			}
		}
		changed = len(rows)
		return err
	})
	return changed, err
}

// eachRecord reads a page at a time, and each record once more within the transaction that changes it, as a server may remove it in between.
func (k *Keys) eachRecord(ctx context.Context, s metadata.Store, kind string, write func(row string, plain []byte) []byte) (changed int, err error) {
	for q := (metadata.RecordQuery{Kind: kind, Max: atOnce}); ; {
		page, err := s.Records(ctx, q)
		if err != nil || len(page) == 0 {
			return changed, err
		}
		q.After = page[len(page)-1].ID
		page = slices.DeleteFunc(page, func(r metadata.Record) bool {
			_, other := k.rewrite(recordRow(kind, r.ID), r.Payload, write)
			return !other
		})
		if len(page) == 0 {
			continue
		}
		n := 0
		err = s.Update(ctx, func(tx metadata.Tx) error {
			n = 0
			for _, r := range page {
				record, err := tx.Record(ctx, kind, r.ID)
				if errors.Is(err, metadata.ErrNotFound) {
					continue
				}
				if err != nil {
					return err
				}
				record.Payload, _ = k.rewrite(recordRow(kind, r.ID), record.Payload, write)
				if err := tx.PutRecord(*record); err != nil {
					return err
				}
				n++
			}
			return nil
		})
		changed += n
		if err != nil {
			return changed, err
		}
	}
}

// rewrite is what is to stand in a row, and whether that is other than what does. If write makes nothing of it, it stays.
func (k *Keys) rewrite(row string, stored []byte, write func(row string, plain []byte) []byte) (text []byte, other bool) {
	plain := k.Open(row, stored)
	if text = write(row, plain); text == nil {
		return stored, false
	}
	return text, !bytes.Equal(text, stored) && !k.isCurrent(stored, text)
}
