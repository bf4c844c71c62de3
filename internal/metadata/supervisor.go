package metadata

import (
	"context"
	"errors"
	"fmt"
	"math"

	"ovate/druid"
	"ovate/internal/jsontext"
)

// SupervisorRow is a row of druid_supervisors: one version of a supervisor's spec. The newest, which has the highest ID, is the one that holds.
type SupervisorRow struct {
	Unreadable error // then there is no Type

	ID     int64
	SpecID string // of the supervisor
	// Version is when it was stored, as the column has it.
	Version string
	// Type is that of the spec.
	Type string
	// Payload is the spec's JSON, byte for byte as it was stored.
	Payload []byte
}

// terminated is the type of the version that is stored last of a supervisor. Druid writes it as
// {"type":"NoopSupervisorSpec","id":null,"dataSources":[…],"suspended":false,"type":"noop","source":"noop"}, with two types, of which it reads the first.
const terminated = "NoopSupervisorSpec"

// Terminated tells whether the supervisor is gone since this version.
func (r *SupervisorRow) Terminated() bool { return r.Type == terminated }

// DecodeSupervisor reads the type of a supervisor's spec: the first one, if there are several.
func DecodeSupervisor(payload []byte) (typ string, err error) {
	if at := jsontext.Broken(payload); at >= 0 {
		line, column := jsontext.Position(payload, at) // of what stands there nothing is told: it may be secret
		return "", fmt.Errorf(`it is no JSON object: line %d, column %d is no JSON, or has one half alone of a character, as \ud800`, line, column)
	}
	at := jsontext.Blanks(payload, 0)
	if payload[at] != '{' {
		return "", errors.New("it is no JSON object")
	}
	for key, value := range jsontext.Members(payload[at:]) {
		if string(key) != "type" {
			continue
		}
		if value[0] != '"' || len(value) < len(`"?"`) {
			break
		}
		return string(jsontext.Unescape(nil, value[1:len(value)-1])), nil
	}
	return "", errors.New(`it has no "type" that is a text`)
}

// EachVersion is SupervisorVersions for a store that reads versions in pages: page reads those before the one of an ID, the newest first, as many as it likes of most.
func EachVersion(ctx context.Context, id string, most int, fn func(*SupervisorRow) error, page func(before int64, most int) ([]SupervisorRow, error)) error {
	if most < 0 {
		most = math.MaxInt
	}
	for before := int64(math.MaxInt64); most > 0; {
		rows, err := page(before, most)
		if err != nil {
			return fmt.Errorf("read the versions of supervisor %s: %w", id, err)
		}
		if len(rows) == 0 {
			return nil
		}
		for i := range rows {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := fn(&rows[i]); err != nil {
				return err
			}
		}
		before = rows[len(rows)-1].ID
		most -= len(rows)
	}
	return nil
}

// OutdatedSupervisor gives the ids of up to limit versions of a terminated supervisor that were stored before t. All versions are given, without
// their payloads, the oldest first. The newest goes last, and with all others only: without it the one before it would hold again. One of
// which nobody can tell when it was stored stays.
func OutdatedSupervisor(versions []SupervisorRow, t druid.Instant, limit int) (ids []int64) {
	for i, v := range versions {
		if newest := i == len(versions)-1; len(ids) == limit || newest && len(ids) < i {
			break
		}
		if stored, err := druid.ParseInstant(v.Version); err == nil && stored < t {
			ids = append(ids, v.ID)
		}
	}
	return ids
}
