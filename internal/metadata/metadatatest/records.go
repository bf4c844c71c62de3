package metadatatest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/metadata"
)

func testRecords(s *suite) {
	record := func(id string, at druid.Instant, payload string) metadata.Record {
		return metadata.Record{Kind: "thing", ID: id, At: at, Payload: []byte(payload)}
	}
	s.run("before there is a table", func(b *bench) {
		if _, err := b.store.Record(b.ctx, "thing", "a"); !errors.Is(err, metadata.ErrNotFound) {
			b.Errorf("read: %v", err)
		}
		if all, err := b.store.Records(b.ctx, metadata.RecordQuery{Kind: "thing", Max: 1}); err != nil || len(all) > 0 {
			b.Errorf("list: %v, %v", all, err)
		}
		if kinds, err := b.store.RecordKinds(b.ctx); err != nil || len(kinds) > 0 {
			b.Errorf("kinds: %v, %v", kinds, err)
		}
		if err := b.store.Update(b.ctx, func(tx metadata.Tx) error { return tx.PutRecord(record("a", day, "")) }); !errors.Is(err, metadata.ErrNoRecords) {
			b.Errorf("put: %v", err)
		}
		b.update(func(tx metadata.Tx) error {
			one, err := tx.DeleteRecord("thing", "a")
			old, errOld := tx.DeleteRecordsBefore("thing", day, 10)
			b.same("deleted", one+old, 0)
			return errors.Join(err, errOld)
		})
	})
	s.run("put, replaced and removed", func(b *bench) {
		for range 2 { // it is there the second time
			if err := b.store.MakeRecords(b.ctx); err != nil {
				b.Fatal(err)
			}
		}
		b.update(func(tx metadata.Tx) error {
			for _, r := range []metadata.Record{record("a", day, "1"), record("a", day+1, "2"), record("A", day, ""), record("a ", day, "3"), {Kind: "other", ID: "a", At: day, Payload: []byte("4")}} {
				if err := tx.PutRecord(r); err != nil {
					return err
				}
			}
			seen, err := tx.Record(b.ctx, "thing", "a")
			b.same("what the transaction sees", seen, new(record("a", day+1, "2")))
			kinds, errKinds := tx.RecordKinds(b.ctx)
			b.same("kinds", kinds, []string{"other", "thing"})
			return errors.Join(err, errKinds)
		})
		refused := errors.New("refused")
		err := b.store.Update(b.ctx, func(tx metadata.Tx) error { return errors.Join(tx.PutRecord(record("b", day, "")), refused) })
		if !errors.Is(err, refused) {
			b.Errorf("refused: %v", err)
		}
		all, err := b.store.Records(b.ctx, metadata.RecordQuery{Kind: "thing", Max: 10})
		b.same("records", all, []metadata.Record{record("A", day, ""), record("a", day+1, "2"), record("a ", day, "3")})
		b.same("error", err, nil)
		b.update(func(tx metadata.Tx) error {
			n, err := tx.DeleteRecordsBefore("thing", day+1, 1)
			b.same("those of before", n, 1)
			m, errAll := tx.DeleteRecordsBefore("thing", day+1, 10)
			b.same("the others", m, 1)
			k, errOne := tx.DeleteRecord("other", "a")
			b.same("one", k, 1)
			return errors.Join(err, errAll, errOne)
		})
		all, err = b.store.Records(b.ctx, metadata.RecordQuery{Kind: "thing", Max: 10})
		b.same("records", all, []metadata.Record{record("a", day+1, "2")})
		b.same("error", err, nil)
		kinds, err := b.store.RecordKinds(b.ctx)
		b.same("kinds that are left", kinds, []string{"thing"})
		b.same("error", err, nil)
	})
	s.run("lists by a model", func(b *bench) {
		if err := b.store.MakeRecords(b.ctx); err != nil {
			b.Fatal(err)
		}
		model := map[string]metadata.Record{}
		b.update(func(tx metadata.Tx) error {
			for i, id := range []string{"a", "a\x00", "a\xff", "a\xff\xff", "ab", "abc", "b", "\xff", "é", "", "a/0001", "a/0002", strings.Repeat("x", 1500)} {
				model[id] = record(id, day+druid.Instant(i), fmt.Sprint(i))
				if err := tx.PutRecord(model[id]); err != nil {
					return err
				}
			}
			return nil
		})
		text := rapid.SampledFrom(append(slices.Sorted(maps.Keys(model)), "a/", "aa", "c"))
		rapid.Check(b, func(t *rapid.T) {
			q := metadata.RecordQuery{Kind: "thing", Prefix: text.Draw(t, "prefix"), After: text.Draw(t, "after"), Max: rapid.IntRange(1, 15).Draw(t, "max")}
			var want []string
			for _, id := range slices.Sorted(maps.Keys(model)) {
				if strings.HasPrefix(id, q.Prefix) && (q.After == "" || id > q.After) && len(want) < q.Max {
					want = append(want, id)
				}
			}
			all, err := b.store.Records(b.ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range all {
				got = append(got, r.ID)
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%+v: %q, want %q", q, got, want)
			}
		})
	})
}
