package task

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/deepstorage"
)

// strangers is a store in which all unused segments have their files elsewhere.
type strangers struct {
	segments []druid.DataSegment
	read     int // segments that were listed
}

// strangersOf has so many segments with a load spec.
func strangersOf(n int, loadSpec string) *strangers {
	store := &strangers{}
	for i := range n {
		s := druid.DataSegment{DataSource: "wiki", Version: "v", ShardSpec: druid.Numbered(i, 0), LoadSpec: json.RawMessage(loadSpec)}
		s.Interval = druid.Interval{Start: 0, End: 3_600_000}
		store.segments = append(store.segments, s)
	}
	return store
}

func (s *strangers) Do(_ context.Context, r action.Request) error {
	asked, err := r.AppendAction(nil)
	if err != nil {
		return err
	}
	var list struct{ Limit int }
	if err := json.Unmarshal(asked, &list); err != nil || r.Type() != (action.SegmentListUnused{}).Type() {
		return errors.Join(err, r.SetAnswer([]byte("[]")))
	}
	found := s.segments[:min(list.Limit, len(s.segments))]
	s.read += len(found)
	answer, err := action.Segments(found).MarshalJSON()
	return errors.Join(err, r.SetAnswer(answer))
}

type otherStorage struct{ deepstorage.Storage }

func (otherStorage) Keeps(json.RawMessage) error { return deepstorage.ErrElsewhere }

// TestKillOfSegmentsElsewhere: segments whose files are elsewhere stay, and there may be very many of them: they are not read again and again.
func TestKillOfSegmentsElsewhere(t *testing.T) {
	t.Parallel()
	store := strangersOf(10_000, `{"type":"s3_zip"}`)
	kill, err := Decode([]byte(`{"type":"kill","id":"k","dataSource":"wiki","interval":"1970/1971"}`), noon)
	if err != nil {
		t.Fatal(err)
	}
	tools := &Toolbox{Kit: &Kit{Storage: otherStorage{}}, Actions: store, Log: slog.New(slog.DiscardHandler)}
	err = kill.Run(t.Context(), tools)
	if want := fmt.Sprintf("%d segments and perhaps more stay", mostElsewhere); !errors.Is(err, deepstorage.ErrElsewhere) || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
	if store.read > 2*len(store.segments) {
		t.Errorf("%d segments were read to find that %d stay", store.read, len(store.segments))
	}
	store.segments, store.read = store.segments[:150], 0
	if err := kill.Run(t.Context(), tools); err == nil || !strings.Contains(err.Error(), "150 segments stay, as their files are not in this deep storage; all others are removed.") {
		t.Error(err)
	}
	limited, err := Decode([]byte(`{"type":"kill","id":"k","dataSource":"wiki","interval":"1970/1971","limit":50}`), noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := limited.Run(t.Context(), tools); err == nil || !strings.Contains(err.Error(), "50 segments stay, as their files are not in this deep storage; 0 others are removed, and there may be more, as the limit is 50.") {
		t.Error(err)
	}
}

// stuck is a store in which no row goes.
type stuck struct{ *strangers }

func (s stuck) Do(ctx context.Context, r action.Request) error {
	if r.Type() == (action.SegmentNukeUnused{}).Type() {
		return r.SetAnswer([]byte("[]"))
	}
	return s.strangers.Do(ctx, r)
}

type emptyStorage struct{ deepstorage.Storage }

func (emptyStorage) Keeps(json.RawMessage) error                   { return nil }
func (emptyStorage) Delete(context.Context, json.RawMessage) error { return nil }

// TestKillOfRowsThatStay: a row that is there again after it was removed, whatever keeps it, ends no task late, and is named.
func TestKillOfRowsThatStay(t *testing.T) {
	t.Parallel()
	store := strangersOf(250, `{"type":"local"}`)
	kill, err := Decode([]byte(`{"type":"kill","id":"k","dataSource":"wiki","interval":"1970/1971"}`), noon)
	if err != nil {
		t.Fatal(err)
	}
	tools := &Toolbox{Kit: &Kit{Storage: emptyStorage{}}, Actions: stuck{store}, Log: slog.New(slog.DiscardHandler)}
	err = kill.Run(t.Context(), tools)
	if err == nil || !strings.Contains(err.Error(), "250 segments stay") || !strings.Contains(err.Error(), store.segments[0].ID().String()) {
		t.Error(err)
	}
}
