package metadatatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
)

// tombstone is what Druid stores last of a supervisor, byte for byte.
const tombstone = `{"type":"NoopSupervisorSpec","id":null,"dataSources":["wiki"],"suspended":false,"type":"noop","source":"noop"}`

// supervisors are the newest versions, each as its id, type and payload.
func (b *bench) supervisors() (all []string) {
	b.Helper()
	rows, err := b.read.Supervisors(b.ctx)
	if err != nil {
		b.Fatal(err)
	}
	for _, row := range rows {
		all = append(all, fmt.Sprint(row.SpecID, " ", row.Type, " ", string(row.Payload)))
	}
	return all
}

// versions are the payloads of a supervisor's versions.
func (b *bench) versions(id string, most int) (all []string) {
	b.Helper()
	err := b.read.SupervisorVersions(b.ctx, id, most, func(row *metadata.SupervisorRow) error {
		if row.SpecID != id {
			b.Errorf("a version of %s is one of %s", row.SpecID, id)
		}
		all = append(all, string(row.Payload))
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return all
}

// insertVersions adds versions of a supervisor, each stored an hour after the one before.
func (b *bench) insertVersions(id string, payloads ...string) {
	b.Helper()
	b.update(func(tx metadata.Tx) error {
		for i, payload := range payloads {
			if err := tx.InsertSupervisor(id, []byte(payload), day+druid.Instant(i)*hour); err != nil {
				return err
			}
		}
		return nil
	})
}

// testSupervisors: versions of supervisors come back byte for byte, the newest is the one that holds, and old ones go once it is a tombstone.
func testSupervisors(s *suite) {
	s.run("versions", func(b *bench) {
		b.same("supervisors at first", b.supervisors(), []string(nil))
		b.same("versions of nobody", b.versions("wiki", -1), []string(nil))
		first, second := `{"type":"kafka","suspended":false,  "x":"wïki"}`, " {\"suspended\":true,\n\"type\":\"kafka\"}\n"
		b.insertVersions("wiki", first, second)
		b.insertVersions("Wiki", `{"type":"index"}`) // another one
		b.insertVersions("autocompact__wiki", `{"type":"autocompact"}`)
		b.insertVersions("wiki", first)
		b.insertVersions("ended", `{"type":"kinesis"}`, tombstone)
		b.same("supervisors", b.supervisors(), []string{
			`Wiki index {"type":"index"}`, `autocompact__wiki autocompact {"type":"autocompact"}`, "ended NoopSupervisorSpec " + tombstone, "wiki kafka " + first,
		})
		ids, err := b.read.SupervisorIDs(b.ctx)
		if err != nil {
			b.Fatal(err)
		}
		b.same("ids", ids, []string{"Wiki", "autocompact__wiki", "ended", "wiki"})
		all := []string{first, second, first}
		b.same("all versions", b.versions("wiki", -1), all)
		b.same("the newest version", b.versions("wiki", 1), all[:1])
		b.same("two versions", b.versions("wiki", 2), all[:2])
		b.same("more versions than there are", b.versions("wiki", 9), all)
		b.same("no versions", b.versions("wiki", 0), []string(nil))
		last := int64(0)
		if err := b.store.SupervisorVersions(b.ctx, "ended", -1, func(row *metadata.SupervisorRow) error {
			if row.Unreadable != nil || row.Terminated() != (last == 0) || last != 0 && row.ID >= last {
				b.Errorf("%+v after the row %d", row, last)
			}
			last = row.ID
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		own := errors.New("the caller's own")
		if err := b.store.SupervisorVersions(b.ctx, "wiki", -1, func(*metadata.SupervisorRow) error { return own }); err != own {
			b.Errorf("the error of the callback became %v", err)
		}
		var stored []string
		for _, row := range b.database.Rows(b.T, b.store, "supervisors") {
			stored = append(stored, fmt.Sprint(row["spec_id"], " ", row["created_date"], " ", len(row["payload"].([]byte))))
		}
		b.same("rows that Java reads", stored, []string{
			fmt.Sprint("wiki 2026-01-01T00:00:00.000Z ", len(first)), fmt.Sprint("wiki 2026-01-01T01:00:00.000Z ", len(second)), "Wiki 2026-01-01T00:00:00.000Z 16",
			"autocompact__wiki 2026-01-01T00:00:00.000Z 22", fmt.Sprint("wiki 2026-01-01T00:00:00.000Z ", len(first)),
			"ended 2026-01-01T00:00:00.000Z 18", fmt.Sprint("ended 2026-01-01T01:00:00.000Z ", len(tombstone)),
		})
	})
	s.run("a payload that takes the place of another", func(b *bench) {
		b.insertVersions("wiki", `{"type":"a"}`, `{"type":"b"}`)
		b.insertVersions("other", `{"type":"a"}`)
		b.update(func(tx metadata.Tx) error {
			return tx.SupervisorVersions(b.ctx, "wiki", 1, func(row *metadata.SupervisorRow) error {
				return tx.SetSupervisorPayload(metadata.SupervisorRow{ID: row.ID, SpecID: "wiki", Payload: []byte(`{"type": "b"}`)})
			})
		})
		b.same("versions", b.versions("wiki", -1), []string{`{"type": "b"}`, `{"type":"a"}`})
		b.same("versions of another", b.versions("other", -1), []string{`{"type":"a"}`})
		err := b.store.Update(b.ctx, func(tx metadata.Tx) error {
			return tx.SetSupervisorPayload(metadata.SupervisorRow{ID: 4711, SpecID: "wiki", Payload: []byte("{}")})
		})
		if !errors.Is(err, metadata.ErrNotFound) {
			b.Errorf("of a version that is not there: %v", err)
		}
	})
	s.run("a transaction", func(b *bench) {
		b.insertVersions("wiki", `{"type":"a"}`)
		failed := errors.New("failed")
		err := b.store.Update(b.ctx, func(tx metadata.Tx) error {
			if err := errors.Join(tx.InsertSupervisor("wiki", []byte(`{"type":"b"}`), day), tx.InsertSupervisor("new", []byte(`{"type":"c"}`), day)); err != nil {
				return err
			}
			inside := *b
			inside.read = tx
			b.same("what it sees itself", inside.supervisors(), []string{`new c {"type":"c"}`, `wiki b {"type":"b"}`})
			b.same("versions that it sees itself", inside.versions("wiki", -1), []string{`{"type":"b"}`, `{"type":"a"}`})
			return failed
		})
		if !errors.Is(err, failed) {
			b.Error(err)
		}
		b.same("what one that failed leaves", b.supervisors(), []string{`wiki a {"type":"a"}`})
	})
	s.run("many large versions", func(b *bench) {
		const many = 12
		blank := bytes.Repeat([]byte(" "), 1<<20)
		for i := range many {
			b.insertVersions("wiki", fmt.Sprintf(`{"type":"%d"%s}`, i, blank))
		}
		next := many
		if err := b.store.SupervisorVersions(b.ctx, "wiki", many-1, func(row *metadata.SupervisorRow) error {
			next--
			b.same("type", row.Type, fmt.Sprint(next))
			return nil
		}); err != nil || next != 1 {
			b.Errorf("read up to %d, %v", next, err)
		}
	})
	s.run("many readers who are slow", func(b *bench) {
		b.insertVersions("wiki", `{"type":"a"}`)
		ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
		defer cancel()
		deepest := 0
		var read func(depth int) error
		read = func(depth int) error { // each while all those before are at the row
			if deepest = depth; depth == 200 {
				return nil
			}
			return b.store.SupervisorVersions(ctx, "wiki", -1, func(*metadata.SupervisorRow) error { return read(depth + 1) })
		}
		if err := read(0); err != nil || deepest != 200 {
			b.Errorf("%d could read at a time, %v", deepest, err)
		}
	})
	s.run("old versions", func(b *bench) {
		remove := func(before druid.Instant, limit, want int) {
			b.Helper()
			b.update(func(tx metadata.Tx) error {
				n, err := tx.DeleteSupervisorsBefore(before, limit)
				b.same("number deleted", n, want)
				return err
			})
		}
		left := func(want string) {
			b.Helper()
			var all []string
			for _, row := range b.database.Rows(b.T, b.store, "supervisors") {
				typ, err := metadata.DecodeSupervisor(row["payload"].([]byte))
				if err != nil {
					typ = "?"
				}
				all = append(all, fmt.Sprint(row["spec_id"], ":", typ))
			}
			b.same("rows left", strings.Join(all, " "), want)
		}
		remove(day+100*hour, 10, 0)
		b.insertVersions("ended", `{"type":"a"}`, `{"type":"b"}`, tombstone)
		b.insertVersions("Ended", `{"type":"c"}`) // whose name differs by case alone
		b.insertVersions("again", `{"type":"d"}`, tombstone, `{"type":"e"}`)
		remove(day, 10, 0)
		remove(day+2*hour, 10, 2)
		left("ended:NoopSupervisorSpec Ended:c again:d again:NoopSupervisorSpec again:e")
		remove(day+100*hour, 10, 1)
		left("Ended:c again:d again:NoopSupervisorSpec again:e")
		// Of a clock that was set back the newest version is older than the one before: it stays, as that would hold again.
		b.update(func(tx metadata.Tx) error {
			return errors.Join(tx.InsertSupervisor("back", []byte(`{"type":"f"}`), day+5*hour), tx.InsertSupervisor("back", []byte(tombstone), day))
		})
		remove(day+hour, 10, 0)
		// Step by step the oldest go first.
		b.insertVersions("steps", `{"type":"g"}`, `{"type":"h"}`, tombstone)
		remove(day+100*hour, 3, 3)
		left("Ended:c again:d again:NoopSupervisorSpec again:e steps:h steps:NoopSupervisorSpec")
		remove(day+100*hour, 1, 1)
		left("Ended:c again:d again:NoopSupervisorSpec again:e steps:NoopSupervisorSpec")
		remove(day+100*hour, 1, 1)
		remove(day+100*hour, 1, 0)
		left("Ended:c again:d again:NoopSupervisorSpec again:e")
		// Of a time that is none nobody knows how old it is.
		for i, payload := range []string{`{"type":"i"}`, `{"type":"j"}`, tombstone} {
			b.insert("supervisors", map[string]any{"spec_id": "odd", "created_date": []string{"once", "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.000Z"}[i], "payload": []byte(payload)})
		}
		remove(day+100*hour, 10, 1)
		left("Ended:c again:d again:NoopSupervisorSpec again:e odd:i odd:NoopSupervisorSpec")
	})
	s.run("rows that cannot be read", func(b *bench) {
		insert := func(id string, payload []byte) {
			b.insert("supervisors", map[string]any{"spec_id": id, "created_date": "2026-01-01T00:00:00.000Z", "payload": payload})
		}
		bad := map[string][]byte{"empty": {}, "list": []byte(`[]`), "null": []byte(`null`), "number": []byte(`{"type":7}`), "nothing": []byte(`{"type":""}`), "rubbish": []byte("\xff{"), "untyped": []byte(`{"a":{"type":"b"}}`)}
		for id, payload := range bad {
			insert(id, payload)
		}
		insert("good", []byte(`{"type":"a"}`))
		insert("mixed", []byte(`{"type":"a"}`))
		insert("mixed", []byte(`{"type":"a"`))
		before := fmt.Sprint(b.database.Rows(b.T, b.store, "supervisors"))
		rows, err := b.store.Supervisors(b.ctx)
		if err != nil {
			b.Fatal(err)
		}
		var got []string
		for _, row := range rows {
			got = append(got, fmt.Sprint(row.SpecID, " ", row.Type, " ", row.Unreadable != nil, " ", row.Version))
			if payload, is := bad[row.SpecID]; is && !bytes.Equal(row.Payload, payload) {
				b.Errorf("%s is %q, want %q", row.SpecID, row.Payload, payload)
			}
		}
		const at = " 2026-01-01T00:00:00.000Z"
		b.same("rows", got, []string{
			"empty  true" + at, "good a false" + at, "list  true" + at, "mixed  true" + at, "nothing  true" + at, "null  true" + at, "number  true" + at, "rubbish  true" + at,
			"untyped  true" + at,
		})
		b.same("versions beside one that cannot be read", b.versions("mixed", -1), []string{`{"type":"a"`, `{"type":"a"}`})
		b.update(func(tx metadata.Tx) error {
			n, err := tx.DeleteSupervisorsBefore(day+100*hour, 10)
			b.same("number deleted", n, 0)
			return err
		})
		b.same("the table", fmt.Sprint(b.database.Rows(b.T, b.store, "supervisors")), before)
	})
}
