package metadatatest

import (
	"errors"
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
)

func testLocks(s *suite) {
	lock := func(start int, version string) druid.TaskLock {
		return druid.TaskLock{
			Granularity: druid.TimeChunkLock, Type: druid.Exclusive, GroupID: "group", DataSource: "wiki",
			Interval: hours(start, start+1), Version: version, Priority: 50,
		}
	}
	s.run("a lock's life", func(b *bench) {
		var first, second, third int64
		b.update(func(tx metadata.Tx) error {
			ids, err := tx.InsertLocks(metadata.LockRow{TaskID: "a", Lock: lock(0, "v")})
			if err != nil {
				return err
			}
			first = ids[0]
			if ids, err = tx.InsertLocks(metadata.LockRow{TaskID: "b", Lock: lock(1, "v")}, metadata.LockRow{TaskID: "b", Lock: lock(2, "v")}); err != nil {
				return err
			}
			second, third = ids[0], ids[1]
			return nil
		})
		revoked := lock(0, "v")
		revoked.Revoked = true
		b.update(func(tx metadata.Tx) error {
			replaced, replaceErr := tx.ReplaceLocks([]metadata.LockRow{{ID: first, Lock: revoked}})
			b.same("number replaced", replaced, 1)
			deleted, err := tx.DeleteLocks([]int64{second})
			b.same("number deleted", deleted, 1)
			return errors.Join(replaceErr, err)
		})
		got, err := b.store.Locks(b.ctx)
		if err != nil {
			b.Fatal(err)
		}
		b.same("locks", got, []metadata.LockRow{{ID: first, TaskID: "a", Lock: revoked}, {ID: third, TaskID: "b", Lock: lock(2, "v")}})
		for _, test := range []struct {
			task string
			want int
		}{{"b", 1}, {"b", 0}, {"a", 1}} {
			b.update(func(tx metadata.Tx) error {
				deleted, err := tx.DeleteLocksOfTask(test.task)
				b.same("number deleted", deleted, test.want)
				return err
			})
		}
	})
	s.run("a lock that is gone", func(b *bench) {
		for name, fn := range map[string]func(metadata.Tx) (int, error){
			"delete": func(tx metadata.Tx) (int, error) { return tx.DeleteLocks([]int64{7}) },
			"replace": func(tx metadata.Tx) (int, error) {
				return tx.ReplaceLocks([]metadata.LockRow{{ID: 7, Lock: lock(0, "v")}})
			},
		} {
			b.update(func(tx metadata.Tx) error {
				n, err := fn(tx)
				b.same(name, n, 0)
				return err
			})
		}
	})
	s.run("many locks", func(b *bench) {
		const many = 1200
		var want []metadata.LockRow
		for i := range many {
			want = append(want, metadata.LockRow{TaskID: fmt.Sprint("task", i%3), Lock: lock(i, "v")})
		}
		b.update(func(tx metadata.Tx) error {
			ids, err := tx.InsertLocks(want...)
			for i, id := range ids {
				want[i].ID = id
			}
			return err
		})
		same := func(what string) {
			b.Helper()
			got, err := b.store.Locks(b.ctx)
			if err != nil {
				b.Fatal(err)
			}
			b.same(what, got, want)
		}
		same("inserted")
		b.update(func(tx metadata.Tx) error {
			var revoked []metadata.LockRow
			for i := range want {
				if want[i].Lock.Revoked = i%3 != 0; want[i].Lock.Revoked {
					revoked = append(revoked, want[i])
				}
			}
			n, err := tx.ReplaceLocks(append(revoked, metadata.LockRow{ID: want[many-1].ID + 1, Lock: lock(0, "w")}))
			b.same("number replaced", n, many*2/3)
			return err
		})
		same("replaced")
		var gone []int64
		for _, row := range want[100:] {
			gone = append(gone, row.ID)
		}
		b.update(func(tx metadata.Tx) error {
			n, err := tx.DeleteLocks(append(gone, gone[len(gone)-1]+1))
			b.same("number deleted", n, many-100)
			return err
		})
		want = want[:100]
		same("deleted")
	})
	s.run("ids are never used again", func(b *bench) {
		var last int64
		for range 3 {
			var id int64
			b.update(func(tx metadata.Tx) (err error) {
				ids, err := tx.InsertLocks(metadata.LockRow{TaskID: "a", Lock: lock(0, "v")})
				if err != nil {
					return err
				}
				id = ids[0]
				_, err = tx.DeleteLocks(ids)
				return err
			})
			if id <= last {
				b.Errorf("id %d came after %d", id, last)
			}
			last = id
		}
	})
}
