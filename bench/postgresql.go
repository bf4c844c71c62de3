package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"ovate/druid"
	"ovate/internal/metadata/sqldb"
	"ovate/internal/metadata/sqldb/sqldbserver"
)

// fillPostgreSQL puts the tasks into a database, whose tables it makes as Druid does if they are not there.
func (t *tasks) fillPostgreSQL(ctx context.Context, database *sqldbserver.Server) (err error) {
	store, err := sqldb.Open(ctx, sqldb.Config{ConnectURI: database.URI, User: database.User, Password: database.Password, CreateTables: true})
	if err != nil {
		return err
	}
	if err := store.Close(); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, database.DSN)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	columns := []string{"id", "created_date", "datasource", "payload", "status_payload", "active", "type", "group_id"}
	now := druid.Now()
	_, err = conn.CopyFrom(ctx, pgx.Identifier{"druid_tasks"}, columns, pgx.CopyFromSlice(t.count-t.first, func(i int) ([]any, error) {
		r := t.row(t.first+i, now)
		return []any{r.ID, r.Created.String(), r.DataSource, r.Payload, r.Status.AppendJSON(nil), r.Status.State == druid.Running, r.Type, r.GroupID}, nil
	}))
	if err == nil {
		_, err = conn.Exec(ctx, "VACUUM ANALYZE druid_tasks") // as the server does by itself after a while
	}
	return err
}

// insertRate is how many rows like a task's the server takes a second, from clients each of which inserts one after the other and does nothing else: what
// it sets as the limit of whoever stores each row in a transaction of its own.
func insertRate(ctx context.Context, database *sqldbserver.Server, clients int) (rate float64, err error) {
	conns := make([]*pgx.Conn, clients)
	for i := range conns {
		if conns[i], err = pgx.Connect(ctx, database.DSN); err != nil {
			return 0, err
		}
		defer conns[i].Close(context.WithoutCancel(ctx)) //nolint:errcheck // It is of no use any more.
	}
	if _, err := conns[0].Exec(ctx, "CREATE TABLE yardstick (LIKE druid_tasks INCLUDING ALL)"); err != nil {
		return 0, err
	}
	var inserting sync.WaitGroup
	var next atomic.Int64
	failed := make([]error, clients)
	fill, now, began := &tasks{state: druid.Running, sources: slots}, druid.Now(), time.Now()
	for i, c := range conns {
		inserting.Go(func() {
			for failed[i] == nil && time.Since(began) < rateTime {
				r := fill.row(int(next.Add(1)), now)
				_, failed[i] = c.Exec(ctx, "INSERT INTO yardstick(id, created_date, datasource, payload, status_payload, active, type, group_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
					r.ID, r.Created.String(), r.DataSource, r.Payload, r.Status.AppendJSON(nil), true, r.Type, r.GroupID)
			}
		})
	}
	inserting.Wait()
	if err := errors.Join(failed...); err != nil {
		return 0, fmt.Errorf("inserting rows: %w", err)
	}
	return float64(next.Load()) / time.Since(began).Seconds(), nil
}

// selectTime is how long it takes at best to read what the list of finished tasks is made of, in its order, and throw it away.
func selectTime(ctx context.Context, database *sqldbserver.Server) (best time.Duration, err error) {
	conn, err := pgx.Connect(ctx, database.DSN)
	if err != nil {
		return 0, err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // It is of no use any more.
	for i := range 5 {
		began := time.Now()
		rows, err := conn.Query(ctx, "SELECT id, created_date, datasource, status_payload, type, group_id FROM druid_tasks WHERE active = FALSE ORDER BY created_date DESC, id DESC")
		if err != nil {
			return 0, err
		}
		for rows.Next() {
		}
		if err := rows.Err(); err != nil {
			return 0, err
		}
		if took := time.Since(began); i == 0 || took < best {
			best = took
		}
	}
	return best, nil
}
