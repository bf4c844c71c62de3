package metadatatest

import (
	"errors"
	"fmt"
	"sync"

	"ovate/druid"
	"ovate/internal/metadata"
)

// testCommits: what is stored with a publication comes back as it was, with the checksum that Java compares, and goes with its transaction.
func testCommits(s *suite) {
	s.run("commit metadata", func(b *bench) {
		of := func(dataSource string) string {
			b.Helper()
			payload, err := b.store.CommitMetadata(b.ctx, dataSource)
			if errors.Is(err, metadata.ErrNotFound) {
				return "none"
			}
			if err != nil {
				b.Fatal(err)
			}
			return string(payload)
		}
		b.same("what nobody has stored", of("wiki"), "none")
		first, second := `{"type":"kafka","partitions":{"stream":"wïki"}}`, `{"type":"kafka"}`
		for _, payload := range []string{first, second, second} {
			b.update(func(tx metadata.Tx) error { return tx.SetCommitMetadata("wiki", []byte(payload), day) })
			b.same("what was stored", of("wiki"), payload)
		}
		b.update(func(tx metadata.Tx) error {
			err := tx.SetCommitMetadata("other", []byte(first), day+1)
			own, readErr := tx.CommitMetadata(b.ctx, "other")
			b.same("what the transaction itself reads", string(own), first)
			return errors.Join(err, readErr)
		})
		b.same("what was stored before", of("wiki"), second)
		failed := errors.New("failed")
		if err := b.store.Update(b.ctx, func(tx metadata.Tx) error {
			return errors.Join(failed, tx.SetCommitMetadata("wiki", []byte(first), day))
		}); !errors.Is(err, failed) {
			b.Errorf("a transaction that fails: %v", err)
		}
		b.same("what a transaction that failed leaves", of("wiki"), second)
		for _, row := range b.database.Rows(b.T, b.store, "dataSource") {
			payload, _ := row["commit_metadata_payload"].([]byte)
			b.same("the checksum that Java compares", row["commit_metadata_sha1"], any(metadata.CommitKey(payload)))
		}
		for _, want := range []int{1, 0} {
			b.update(func(tx metadata.Tx) error {
				n, err := tx.DeleteCommitMetadata("wiki")
				b.same("number deleted", n, want)
				return err
			})
		}
		b.same("what was deleted", of("wiki"), "none")
		b.same("what is left to another", of("other"), first)
	})
	s.run("commit metadata that many ask for", func(b *bench) {
		const many = 60
		name := func(i int) string { return fmt.Sprint("source ", i) }
		for i := 0; i < many; i += 2 { // of every other one there is none
			b.update(func(tx metadata.Tx) error {
				return tx.SetCommitMetadata(name(i), fmt.Appendf(nil, `{"of":%d}`, i), day)
			})
		}
		var asking sync.WaitGroup
		for i := range 4 * many {
			asking.Go(func() {
				payload, err := b.store.CommitMetadata(b.ctx, name(i%many))
				switch {
				case i%2 == 1 && !errors.Is(err, metadata.ErrNotFound), i%2 == 0 && (err != nil || string(payload) != fmt.Sprintf(`{"of":%d}`, i%many)):
					b.Errorf("%s has %s, %v", name(i%many), payload, err)
				}
			})
		}
		asking.Wait()
	})
	s.run("commit metadata of Java", func(b *bench) {
		payload := []byte(`{"type":"kafka"}`)
		b.database.Insert(b.T, b.store, "dataSource", map[string]any{
			"dataSource": "wiki", "created_date": "2026-01-01T00:00:00.000Z", "commit_metadata_payload": payload,
			"commit_metadata_sha1": "8F2C3BF5A2A2A3B5B5C5F1A8A1F0C9C4E1A3E4D2",
		})
		got, err := b.store.CommitMetadata(b.ctx, "wiki")
		if err != nil {
			b.Fatal(err)
		}
		b.same("what Java has stored", string(got), string(payload))
	})
	s.run("payloads of segments", func(b *bench) {
		segment := druid.DataSegment{
			DataSource: "wiki", Interval: hours(0, 1), Version: "v", LoadSpec: []byte(`{"type":"local","path":"a"}`), BinaryVersion: 9, Size: 1,
			ShardSpec: druid.Numbered(0, 1),
		}
		unused := segment
		unused.Interval = hours(1, 2)
		b.update(func(tx metadata.Tx) error {
			_, err := tx.InsertSegments([]metadata.SegmentRow{{Segment: segment, Created: day, Used: true, UsedStatusLastUpdated: day},
				{Segment: unused, Created: day, UsedStatusLastUpdated: day}})
			return err
		})
		nobody := segment
		nobody.Version = "w"
		segment.LoadSpec, segment.Size = []byte(`{"type":"s3_zip","bucket":"b","key":"k"}`), 2
		unused.LoadSpec = segment.LoadSpec
		b.update(func(tx metadata.Tx) error {
			n, err := tx.SetPayloads([]druid.DataSegment{segment, unused, nobody})
			b.same("number changed", n, 2)
			return err
		})
		rows, err := b.store.SegmentsByID(b.ctx, "wiki", []string{segment.ID().String(), unused.ID().String(), nobody.ID().String()})
		if err != nil {
			b.Fatal(err)
		}
		b.same("number of rows", len(rows), 2)
		for i, want := range []druid.DataSegment{segment, unused} {
			b.same("load spec", string(rows[i].Segment.LoadSpec), string(want.LoadSpec))
			b.same("size", rows[i].Segment.Size, want.Size)
			b.same("used", rows[i].Used, i == 0)
		}
		elsewhere := 0
		if err := b.store.SegmentsElsewhere(b.ctx, func(*metadata.SegmentRow) error { elsewhere++; return nil }); err != nil {
			b.Fatal(err)
		}
		b.same("segments whose load spec is that of no local push", elsewhere, 2)
	})
	s.run("pending segments of a sequence", func(b *bench) {
		first, second := pendingRow(hours(0, 1), 0, "a", "", "g", 0), pendingRow(hours(1, 2), 1, "a", "x", "g", 1)
		other, elsewhere := pendingRow(hours(0, 1), 2, "b", "x", "g", 2), pendingRow(hours(0, 1), 3, "a", "x", "g", 3)
		elsewhere.ID.DataSource, elsewhere.Key = "other", "other"
		b.update(func(tx metadata.Tx) error {
			return insertPending(tx, first, second, other, elsewhere)
		})
		for previous, want := range map[string]metadata.PendingRow{"": first, "x": second} {
			rows, err := b.store.PendingOfLineages(b.ctx, "wiki", []metadata.Lineage{{Sequence: "a", Previous: previous}})
			if err != nil {
				b.Fatal(err)
			}
			if len(rows) != 1 {
				b.Fatalf("after %q there are %d", previous, len(rows))
			}
			b.same("id", rows[0].ID, want.ID)
		}
		all, err := b.store.PendingOfLineages(b.ctx, "wiki", []metadata.Lineage{{Sequence: "b", Previous: "x"}, {Sequence: "a", Previous: "nobody"}, {Sequence: "a"}})
		if err != nil || len(all) != 2 {
			b.Fatalf("of three lineages: %+v, %v", all, err)
		}
		b.same("the oldest", all[0].ID, first.ID)
		b.same("the other", all[1].ID, other.ID)
		rows, err := b.store.PendingOfLineages(b.ctx, "wiki", []metadata.Lineage{{Sequence: "a", Previous: "nobody"}})
		b.same("of nobody", len(rows), 0)
		if err != nil {
			b.Error(err)
		}
	})
}
