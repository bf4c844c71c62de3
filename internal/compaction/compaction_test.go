package compaction_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/compaction"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const row = "coordinator.compaction.config"

// setup is a config in a store of its own, whose clock goes on with each look.
func setup(t *testing.T) (*compaction.Config, metadata.Store) {
	t.Helper()
	store := sqlitetest.Open(t)
	var now atomic.Int64
	return compaction.New(store, nil, func() druid.Instant { return druid.Instant(now.Add(1000)) }), store
}

func stored(t *testing.T, store metadata.Store) string {
	t.Helper()
	text, err := store.Config(t.Context(), row)
	if err != nil && !errors.Is(err, metadata.ErrNotFound) {
		t.Fatal(err)
	}
	return string(text)
}

// audited are the payloads in the audit history, the newest first.
func audited(t *testing.T, store metadata.Store) (payloads []string) {
	t.Helper()
	err := store.Audit(t.Context(), metadata.AuditQuery{Key: row, Type: row, Max: -1}, func(row *metadata.AuditRow) error {
		var entry struct {
			Payload string `json:"payload"`
		}
		if err := json.Unmarshal(row.Payload, &entry); err != nil {
			return err
		}
		payloads = append(payloads, row.Author+" "+entry.Payload)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return payloads
}

// Of the same input the classes of Druid 33 have made what is in testdata, byte for byte, and so does this package.
func TestAsDruid(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/druid33.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var c struct{ Kind, In, Out string } // what Druid itself writes is among what it reads
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		config, _ := setup(t)
		var got []byte
		switch c.Kind {
		case "cluster":
			if err = config.SetCluster(t.Context(), []byte(c.In)); err == nil {
				got, err = config.Cluster(t.Context())
			}
		default:
			if err = config.SetDataSource(t.Context(), "a", []byte(c.In)); err == nil {
				got, err = config.DataSource(t.Context(), "a")
			}
		}
		if err != nil || string(got) != c.Out {
			t.Errorf("of %s\nthere is %s, %v\nDruid has %s", c.In, got, err, c.Out)
		}
	}
}

func partitioned(spec string) string {
	return `{"dataSource":"a","tuningConfig":{"partitionsSpec":{` + spec + `}}}`
}

// What numbers and types may be besides: -1 where older versions had none, the types of extensions, and metrics that have their names from others.
func TestTakes(t *testing.T) {
	t.Parallel()
	config, _ := setup(t)
	for _, in := range []string{
		partitioned(`"type":"hashed","numShards":-1,"targetRowsPerSegment":5`), partitioned(`"type":"hashed"`), partitioned(`"type":"dynamic","maxRowsPerSegment":0`),
		partitioned(`"type":"range","partitionDimensions":["c"],"maxRowsPerSegment":5,"targetRowsPerSegment":null`), partitioned(`"type":"single_dim","targetPartitionSize":5`),
		`{"dataSource":"a","metricsSpec":[{"type":"filtered","filter":{"type":"true"},"aggregator":{"type":"count","name":"n"}},{"type":"HLLSketchBuild","name":"m"}]}`,
		`{"dataSource":"a","transformSpec":{"filter":{"type":"and","fields":[{"type":"equals"}]}},"projections":[{"type":"aggregate","name":"p","groupingColumns":["c"]}]}`,
	} {
		if err := config.SetDataSource(t.Context(), "a", []byte(in)); err != nil {
			t.Errorf("%s: %v", in, err)
		}
	}
}

// What another program has stored goes on where a name in it is misspelt, which Druid ignores, or a type is not known here; it is refused when it is submitted.
func TestStoredByOthers(t *testing.T) {
	t.Parallel()
	for _, config := range []string{
		`{"dataSource":"a","skipOffsetFromLastest":"P1D"}`, `{"dataSource":"a","ioConfig":{"dropExistng":true}}`,
		`{"dataSource":"a","tuningConfig":{"partitionsSpec":{"type":"hashed","numShard":3}}}`, `{"dataSource":"a","metricsSpec":[{"type":"ofAnExtension","name":"n"}]}`,
	} {
		if _, err := compaction.DataSource("a", []byte(config)); err != nil {
			t.Errorf("%s, which is stored, is refused: %v", config, err)
		}
		if _, err := compaction.Submitted("a", []byte(config)); !errors.Is(err, compaction.ErrInvalid) {
			t.Errorf("%s, which is submitted, is taken: %v", config, err)
		}
	}
}

// What nobody can compact by is refused by the name of the field, and nothing is stored.
func TestRefuses(t *testing.T) {
	t.Parallel()
	config, store := setup(t)
	for in, want := range map[string]string{
		`{"compactionTaskSlotRatio":"x"}`:                    `field [compactionTaskSlotRatio] must be a number from 0 to 1, but is "x"`,
		`{"compactionTaskSlotRatio":1.5}`:                    `field [compactionTaskSlotRatio] must be a number from 0 to 1, but is 1.5`,
		`{"maxCompactionTaskSlots":-1}`:                      `field [maxCompactionTaskSlots] must be a whole number`,
		`{"maxCompactionTaskSlots":1.5}`:                     `field [maxCompactionTaskSlots] must be a whole number`,
		`{"useSupervisors":"yes"}`:                           `field [useSupervisors] must be true or false`,
		`{"engine":"msq"}`:                                   `field [engine] must be native: this version makes no tasks that compact by msq`,
		`{"engine":"odd"}`:                                   `field [engine] must be native, but is "odd"`,
		`{"compactionPolicy":{}}`:                            `field [compactionPolicy.type] must be newestSegmentFirst or fixedIntervalOrder`,
		`{"compactionPolicy":[]}`:                            `field [compactionPolicy] must be an object`,
		`{"compactionPolicy":{"type":"fixedIntervalOrder"}}`: `field [compactionPolicy.eligibleCandidates] must be a list`,
		`{"compactionTaskSlotRatios":0.5}`:                   `did you mean compactionTaskSlotRatio?`,
		`{"compactionPolicy":{"type":"newestSegmentFirst","priorityDatasource":"` + strings.Repeat("a", 256) + `"}}`:    `must be the name of a data source, of at most 255 bytes, but has 256`,
		`{"compactionPolicy":{"type":"newestSegmentFirst","priorityDatasource":7}}`:                                     `field [compactionPolicy.priorityDatasource] must be a text`,
		`{"compactionPolicy":{"type":"fixedIntervalOrder","eligibleCandidates":[{"datasource":"a","interval":"odd"}]}}`: `field [compactionPolicy.eligibleCandidates.interval] is no interval`,
	} {
		if err := config.SetCluster(t.Context(), []byte(in)); !errors.Is(err, compaction.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
	for in, want := range map[string]string{
		`{}`:                                                                                        `field [dataSource] must be the name of a data source`,
		`{"dataSource":7}`:                                                                          `field [dataSource] must be a text, but is 7`,
		`{"dataSource":"a","type":"catalog"}`:                                                       `field [type] must be inline`,
		`{"dataSource":"a","type":"odd"}`:                                                           `field [type] must be inline, but is "odd"`,
		`{"dataSource":"a","taskPriority":"5"}`:                                                     `field [taskPriority] must be a whole number`,
		`{"dataSource":"a","inputSegmentSizeBytes":-1}`:                                             `field [inputSegmentSizeBytes] must be a whole number from 0`,
		`{"dataSource":"a","maxRowsPerSegment":0}`:                                                  `field [maxRowsPerSegment] must be a whole number from 1`,
		`{"dataSource":"a","skipOffsetFromLatest":"odd"}`:                                           `field [skipOffsetFromLatest] must be a period such as P1D`,
		`{"dataSource":"a","skipOffsetFromLastest":"P1D"}`:                                          `did you mean skipOffsetFromLatest?`,
		`{"dataSource":"a","engine":"msq"}`:                                                         `field [engine] must be native`,
		`{"dataSource":"a","tuningConfig":[]}`:                                                      `field [tuningConfig] must be an object`,
		`{"dataSource":"a","tuningConfig":{"partitionsSpec":{"type":"odd"}}}`:                       `field [tuningConfig.partitionsSpec.type] must be one of dynamic, hashed, range, single_dim, dimension, but is "odd"`,
		`{"dataSource":"a","granularitySpec":{"segmentGranularity":"odd"}}`:                         `field [granularitySpec.segmentGranularity]`,
		`{"dataSource":"a","granularitySpec":{"rollup":"odd"}}`:                                     `field [granularitySpec.rollup] must be true or false`,
		`{"dataSource":"a","dimensionsSpec":{"dimensions":["a","a"]}}`:                              `field [dimensionsSpec.dimensions] has the column "a" twice`,
		`{"dataSource":"a","dimensionsSpec":{"dimensions":[{"type":"long"}]}}`:                      `field [dimensionsSpec.dimensions] must be a list of names, or of objects with a name`,
		`{"dataSource":"a","metricsSpec":{}}`:                                                       `field [metricsSpec] must be a list`,
		`{"dataSource":"a","metricsSpec":[{"name":"n"}]}`:                                           `field [metricsSpec.type] must be that of an aggregator`,
		`{"dataSource":"a","metricsSpec":[{"type":"longsum","name":"n"}]}`:                          `did you mean "longSum"?`,
		`{"dataSource":"a","metricsSpec":[{"type":"sum","name":"n"}]}`:                              `field [metricsSpec.type] is "sum", which neither Druid nor its extensions know: did you mean doubleSum, floatSum, longSum, `,
		`{"dataSource":"a","metricsSpec":[{"type":"odd","name":"n"}]}`:                              `field [metricsSpec.type] must be the type of an aggregator, such as longSum, but is "odd"`,
		`{"dataSource":"a","metricsSpec":[{"type":"longSum","fieldName":"n"}]}`:                     `field [metricsSpec.name] must be the name of the column that the metric becomes, but is null`,
		`{"dataSource":"a","metricsSpec":[{"type":"filtered","aggregator":{"type":"count"}}]}`:      `field [metricsSpec.aggregator.name] must be`,
		`{"dataSource":"a","transformSpec":{"filter":{"type":"odd"}}}`:                              `field [transformSpec.filter.type] must be the type of a filter, such as equals, but is "odd"`,
		`{"dataSource":"a","transformSpec":{"filter":{"type":"not","field":{"type":"sellector"}}}}`: `field [transformSpec.filter.field.type] is "sellector", which neither Druid nor its extensions know: did you mean selector?`,
		`{"dataSource":"a","transformSpec":{"filter":{}}}`:                                          `field [transformSpec.filter.type] must be the type of a filter, such as equals, but is null`,
		`{"dataSource":"a","projections":[{"type":"odd"}]}`:                                         `field [projections.type] must be the type of a projection, which is aggregate, but is "odd"`,
		`{"dataSource":"a","projections":[{"type":"aggregate","groupingColumns":["c"]}]}`:           `field [projections.name] must be the name of the projection`,
		`{"dataSource":"a","projections":[{"type":"aggregate","name":"p"}]}`:                        `field [projections.groupingColumns] must name the columns`,
		partitioned(`"type":"hashed","numShards":0`):                                                `field [tuningConfig.partitionsSpec.numShards] must be a whole number from 1 to 2147483647, but is 0`,
		partitioned(`"type":"hashed","numShards":-3`):                                               `field [tuningConfig.partitionsSpec.numShards] must be a whole number from 1 to 2147483647, but is -3`,
		partitioned(`"numShards":2,"targetRowsPerSegment":5`):                                       `field [tuningConfig.partitionsSpec.targetRowsPerSegment] is 5, and numShards is 2: give one of them`,
		partitioned(`"type":"range","targetRowsPerSegment":5`):                                      `field [tuningConfig.partitionsSpec.partitionDimensions] must be a list of the columns`,
		partitioned(`"type":"range","partitionDimensions":["c"]`):                                   `field [tuningConfig.partitionsSpec.targetRowsPerSegment] is missing`,
		partitioned(`"type":"range","partitionDimensions":["c"],"maxRowsPerSegment":0`):             `field [tuningConfig.partitionsSpec.maxRowsPerSegment] must be a whole number from 1`,
		partitioned(`"type":"single_dim","targetPartitionSize":5,"maxPartitionSize":6`):             `field [tuningConfig.partitionsSpec.maxPartitionSize] is 6, and targetPartitionSize is 5`,
		`{"dataSource":"a","ioConfig":{"dropExistng":true}}`:                                        `field [ioConfig.dropExistng] is not known: did you mean dropExisting?`,
		`{"dataSource":"a","ioConfig":{"dropExisting":"x"}}`:                                        `field [ioConfig.dropExisting] must be true or false, but is "x"`,
		`{"dataSource":"a","tuningConfig":{"maxRowInMemory":5}}`:                                    `field [tuningConfig.maxRowInMemory] is not known: did you mean maxRowsInMemory?`,
		`{"dataSource":"a","transformSpec":{"transforms":[]}}`:                                      `field [transformSpec.transforms] must be left out, but is []`,
		partitioned(`"numShard":3`):                                                                 `field [tuningConfig.partitionsSpec.numShard] is not known: did you mean numShards?`,
		`{"dataSource":"a","projections":7}`:                                                        `field [projections] must be a list`,
		`{"dataSource":"a","taskContext":{"a":"` + strings.Repeat("long", 1<<20) + `"}}`:            `field [taskContext] must have at most 4194304 bytes of JSON, but has 4194312`,
		`{"dataSource":"a","taskContext":"` + strings.Repeat("long", 1000) + `"}`:                   `field [taskContext] must be an object, but is "long`,
	} {
		err := config.SetDataSource(t.Context(), "a", []byte(in))
		if !errors.Is(err, compaction.ErrInvalid) || !strings.Contains(err.Error(), want) || len(err.Error()) > 500 {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
	var told *druid.Error
	if err := config.SetDataSource(t.Context(), "b", []byte(`{"dataSource":"a"}`)); !errors.As(err, &told) || told.Message != "DataSource in spec[a] does not match DataSource in path[b]" {
		t.Errorf("another data source: %v", err)
	}
	for _, missing := range []func() error{
		func() error { return config.DeleteDataSource(t.Context(), "a") },
		func() error { _, err := config.DataSource(t.Context(), "a"); return err },
	} {
		if err := missing(); !errors.As(err, &told) || told.HTTPStatus() != 404 || told.Message != "Datasource compaction config does not exist" {
			t.Errorf("what is not there: %v", err)
		}
	}
	if text := stored(t, store) + strings.Join(audited(t, store), ""); text != "" {
		t.Errorf("there is %s", text)
	}
}

// What another program has stored, and this one does not know, stays as it is; each change has one entry in the history, by whoever made it; what
// changes nothing has none.
func TestChanges(t *testing.T) {
	t.Parallel()
	config, store := setup(t)
	const other = `{"type":"inline","dataSource":"other","metricsSpec":[ {"type":"strange","x":1.50} ],"new":null}`
	set := func(text string) {
		t.Helper()
		if err := store.Update(t.Context(), func(tx metadata.Tx) error { return tx.SetConfig(row, []byte(text)) }); err != nil {
			t.Fatal(err)
		}
	}
	set(`{"later":{"b":1,"a":2},"compactionConfigs":[` + other + `],"useSupervisors":true,"engine":"msq"}`)
	ctx := audit.WithCaller(t.Context(), audit.Caller{Author: "me"})
	const in = `{"dataSource":"a","taskPriority":7}`
	for range 2 {
		if err := config.SetDataSource(ctx, "a", []byte(in)); err != nil {
			t.Fatal(err)
		}
	}
	a, err := config.DataSource(ctx, "a")
	if err != nil {
		t.Fatal(err)
	}
	want := `{"compactionConfigs":[` + other + `,` + string(a) + `],"compactionTaskSlotRatio":0.1,"maxCompactionTaskSlots":2147483647,` +
		`"compactionPolicy":{"type":"newestSegmentFirst","priorityDatasource":null},"useSupervisors":true,"engine":"msq","later":{"b":1,"a":2}}`
	if text := stored(t, store); text != want {
		t.Errorf("there is\n%s\nwant\n%s", text, want)
	}
	if got := audited(t, store); len(got) != 1 || got[0] != "me "+want {
		t.Errorf("the history is %q", got)
	}
	if err := config.DeleteDataSource(ctx, "other"); err != nil {
		t.Error(err)
	}
	if all, err := config.DataSources(ctx); err != nil || len(all) != 1 || string(all[0]) != string(a) {
		t.Errorf("there is %s, %v", all, err)
	}
	for _, bad := range []string{`[]`, `null`, `{"compactionConfigs":7}`, `{`} {
		set(bad)
		if err := config.SetDataSource(ctx, "a", []byte(in)); err == nil || !strings.Contains(err.Error(), "cannot be read, and stays as it is") || stored(t, store) != bad {
			t.Errorf("%s: error %v, and there is %s", bad, err, stored(t, store))
		}
	}
}

// Of many that change the config at once each gets through, and overwrites none of the others.
func TestChangesAtOnce(t *testing.T) {
	t.Parallel()
	config, store := setup(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			name := fmt.Sprint("d", i)
			if err := config.SetDataSource(t.Context(), name, []byte(`{"dataSource":"`+name+`"}`)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if sources, err := config.DataSources(t.Context()); err != nil || len(sources) != 8 || len(audited(t, store)) != 8 {
		t.Errorf("%d are there, %v, and %d entries in the history", len(sources), err, len(audited(t, store)))
	}
}

// wavering is a store whose connection breaks while it commits, once.
type wavering struct {
	metadata.Store
	breaks, stores bool
}

func (s *wavering) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	if !s.breaks {
		return s.Store.Update(ctx, fn)
	}
	s.breaks = false
	if s.stores {
		if err := s.Store.Update(ctx, fn); err != nil {
			return err
		}
	}
	return &metadata.TransientError{Err: metadata.Unknown(errors.New("broken"))}
}

// Whether a commit without an answer was made is found out before anything is told.
func TestCommitWithoutAnswer(t *testing.T) {
	t.Parallel()
	for _, stores := range []bool{true, false} {
		store := &wavering{sqlitetest.Open(t), true, stores}
		config := compaction.New(store, nil, druid.Now)
		err := config.SetDataSource(t.Context(), "a", []byte(`{"dataSource":"a"}`))
		if (err == nil) != stores || errors.Is(err, metadata.ErrOutcomeUnknown) || (stored(t, store) != "") != stores {
			t.Errorf("stored %t: error %v, and there is %q", stores, err, stored(t, store))
		}
	}
}

// The history tells of what has changed for a data source, as Druid does: by a span of time in its order, by a number the newest first.
func TestHistory(t *testing.T) {
	t.Parallel()
	config, store := setup(t)
	if err := store.Update(t.Context(), func(tx metadata.Tx) error {
		for _, payload := range []string{"nobody can read this", "", "{\"payload\":\"\xff\"}", "5", "{}"} {
			if err := tx.InsertAudit(metadata.AuditRow{Key: row, Type: row, Payload: []byte(payload)}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for i, step := range []func() error{
		func() error { return config.SetCluster(t.Context(), []byte(`{"maxCompactionTaskSlots":1}`)) },
		func() error { return config.SetDataSource(t.Context(), "a", []byte(`{"dataSource":"a"}`)) },
		func() error { return config.SetDataSource(t.Context(), "b", []byte(`{"dataSource":"b"}`)) },
		func() error { return config.SetCluster(t.Context(), []byte(`{"maxCompactionTaskSlots":2}`)) },
		func() error { return config.DeleteDataSource(t.Context(), "a") },
	} {
		if err := step(); err != nil {
			t.Fatal(i, err)
		}
	}
	shown := func(within *druid.Interval, last int) string {
		t.Helper()
		entries, err := config.History(t.Context(), "a", within, last)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, entry := range entries {
			var e struct {
				Global struct {
					Max int `json:"maxCompactionTaskSlots"`
				} `json:"globalConfig"`
				Config *struct{} `json:"compactionConfig"`
				By     struct {
					Identity string `json:"identity"`
				} `json:"auditInfo"`
				At string `json:"auditTime"`
			}
			if err := json.Unmarshal(entry, &e); err != nil || e.By.Identity != "allowAll" {
				t.Errorf("%s: %v", entry, err)
			}
			all = append(all, fmt.Sprintf("%d %t %s", e.Global.Max, e.Config != nil, e.At[17:19]))
		}
		return strings.Join(all, " ")
	}
	ever := &druid.Eternity
	if got, want := shown(ever, -1), "1 true 02 2 true 04 2 false 05"; got != want {
		t.Errorf("the history is %s, want %s", got, want)
	}
	if got, want := shown(nil, 2), "2 true 04"; got != want { // Druid begins with what it finds configured, here, too
		t.Errorf("the last two changes are %s, want %s", got, want)
	}
	if got := shown(&druid.Interval{Start: 0, End: 2000}, -1); got != "" {
		t.Errorf("before there is %s", got)
	}
}

// A stored config that cannot be read is told of, in whatever way it is damaged, and is part of no answer.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	for _, damaged := range []string{"nobody can read this", "null", "[]", "{\"compactionConfigs\":[{\"dataSource\":\"\xff\"}]}"} {
		config, store := setup(t)
		if err := store.Update(t.Context(), func(tx metadata.Tx) error { return tx.SetConfig(row, []byte(damaged)) }); err != nil {
			t.Fatal(err)
		}
		_, all := config.DataSources(t.Context())
		_, cluster := config.Cluster(t.Context())
		for _, err := range []error{all, cluster, config.SetDataSource(t.Context(), "a", []byte(`{"dataSource":"a"}`))} {
			if err == nil || !strings.Contains(err.Error(), "cannot be read, and stays as it is") {
				t.Errorf("%q: %v", damaged, err)
			}
		}
		if got := stored(t, store); got != damaged {
			t.Errorf("%q has become %q", damaged, got)
		}
	}
}
