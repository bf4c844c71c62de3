// Package audit makes entries of the audit history, as Druid's audit manager writes them.
package audit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Caller is who asks for something that the history keeps. Identity is who that is, as far as anybody was asked; empty is as in Druid "allowAll".
type Caller struct{ Identity, Author, Comment, IP string }

type callerKey struct{}

// WithCaller tells whatever is called with the context who asks for it.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

func callerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// Entry is what was done: Key is the data source or the name of what was set, and Payload the JSON that tells what. Without a Method it has
// no request.
type Entry struct {
	Key, Type, Method, URI string
	Query                  string // of the URI; empty if it has none
	Payload                []byte
	Time                   druid.Instant
}

// Row is the row of the entry. The caller comes from ctx. The inner payload is a JSON text.
func (e Entry) Row(ctx context.Context) metadata.AuditRow {
	by := callerOf(ctx)
	dst := druid.AppendString([]byte(`{"key":`), e.Key)
	dst = druid.AppendString(append(dst, `,"type":`...), e.Type)
	dst = druid.AppendString(append(dst, `,"auditInfo":{"author":`...), by.Author)
	dst = druid.AppendString(append(dst, `,"identity":`...), cmp.Or(by.Identity, "allowAll"))
	dst = druid.AppendString(append(dst, `,"comment":`...), by.Comment)
	dst = druid.AppendString(append(dst, `,"ip":`...), by.IP)
	if e.Method == "" {
		dst = append(dst, `},"request":null`...)
	} else {
		dst = druid.AppendString(append(dst, `},"request":{"service":"overlord","method":`...), e.Method)
		dst = druid.AppendString(append(dst, `,"uri":`...), e.URI)
		dst = append(dst, `,"queryParams":`...)
		if e.Query == "" {
			dst = append(dst, `null}`...)
		} else {
			dst = append(druid.AppendString(dst, e.Query), '}')
		}
	}
	dst = druid.AppendString(append(dst, `,"payload":`...), string(e.Payload))
	dst = e.Time.AppendTo(append(dst, `,"auditTime":"`...))
	return metadata.AuditRow{
		Key: e.Key, Type: e.Type, Author: by.Author, Comment: by.Comment, Created: e.Time, Payload: append(dst, `"}`...),
	}
}

// Has tells whether an entry is in the history, and so whatever was stored in the same transaction.
func Has(ctx context.Context, r metadata.Reader, entry *metadata.AuditRow) (is bool, err error) {
	at := &druid.Interval{Start: entry.Created, End: entry.Created + 1}
	err = r.Audit(ctx, metadata.AuditQuery{Key: entry.Key, Type: entry.Type, Created: at, Max: -1}, func(row *metadata.AuditRow) error {
		is = is || bytes.Equal(row.Payload, entry.Payload)
		return nil
	})
	return is, err
}

// LastBy is the identity of who has made the last entry of a key and type; empty if there is none that tells.
func LastBy(ctx context.Context, r metadata.Reader, key, typ string) (identity string, err error) {
	err = r.Audit(ctx, metadata.AuditQuery{Key: key, Type: typ, Max: 1}, func(row *metadata.AuditRow) error {
		identity = identityOf(row)
		return nil
	})
	return identity, err
}

// LastByAll calls fn with the identities that LastBy tells of some keys, each once, in one pass over the entries of the type, which ends with the last key.
func LastByAll(ctx context.Context, r metadata.Reader, keys map[string]bool, typ string, fn func(key, identity string)) error {
	left := maps.Clone(keys)
	if len(left) == 0 {
		return nil
	}
	err := r.Audit(ctx, metadata.AuditQuery{Type: typ, Max: -1}, func(row *metadata.AuditRow) error {
		if left[row.Key] {
			delete(left, row.Key)
			fn(row.Key, identityOf(row))
		}
		if len(left) == 0 {
			return errAll
		}
		return nil
	})
	if errors.Is(err, errAll) {
		return nil
	}
	return err
}

var errAll = errors.New("all keys have come")

// identityOf is whose entry a row is; empty if it does not tell.
func identityOf(row *metadata.AuditRow) string {
	var entry struct {
		Info struct {
			Identity string `json:"identity"`
		} `json:"auditInfo"`
	}
	if row.Unreadable != nil || json.Unmarshal(row.Payload, &entry) != nil {
		return ""
	}
	return entry.Info.Identity
}

// Payloads are the entries of a key and type, as JSON: those of a span of time in their order, or the last ones, the newest first. Of one that
// cannot be read there is what its columns tell, and why, without a payload.
func Payloads(ctx context.Context, r metadata.Reader, key, typ string, within *druid.Interval, last int) (payloads [][]byte, err error) {
	q := metadata.AuditQuery{Key: key, Type: typ, Created: within, Max: last}
	if within != nil {
		q.Max = -1
	}
	err = r.Audit(ctx, q, func(row *metadata.AuditRow) error {
		if metadata.CheckAudit(row.Payload) == nil {
			payloads = append(payloads, bytes.Clone(row.Payload))
		} else {
			payloads = append(payloads, appendUnreadable(nil, row))
		}
		return nil
	})
	if within != nil {
		slices.Reverse(payloads)
	}
	return payloads, err
}

// appendUnreadable appends an entry without a payload, in the shape of the others.
func appendUnreadable(dst []byte, row *metadata.AuditRow) []byte {
	dst = druid.AppendString(append(dst, `{"key":`...), row.Key)
	dst = druid.AppendString(append(dst, `,"type":`...), row.Type)
	dst = druid.AppendString(append(dst, `,"auditInfo":{"author":`...), row.Author)
	dst = druid.AppendString(append(dst, `,"identity":null,"comment":`...), row.Comment)
	dst = append(dst, `,"ip":null},"request":null,"payload":null,"auditTime":`...)
	if row.Created == 0 {
		dst = append(dst, "null"...)
	} else {
		dst = append(row.Created.AppendTo(append(dst, '"')), '"')
	}
	return append(druid.AppendString(append(dst, `,"unreadable":`...), row.Unreadable.Error()), '}')
}
