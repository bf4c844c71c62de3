package sqlite

import (
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// taskColumns are what a taskPage takes of each row; the column after them is the query's own business.
const taskColumns = `id, created_date, datasource, type, group_id, status_payload, active`

// What a page holds at most, but for its last row: so much that handing it on costs nothing, so little that it takes no memory.
const (
	pageRows  = 512
	pageBytes = 256 << 10
)

// taskPage is rows of tasks as the database holds them. They are decoded later, perhaps by another goroutine than the one that reads.
type taskPage struct {
	text []byte // the columns of all rows, one behind the other
	rows []taskText
}

// taskText tells where the columns of a row are in its page's text.
type taskText struct {
	begin int
	ends  [6]int // of the first six of taskColumns
	end   int    // of the payload, which stands behind them if it was asked for
	state activity
	brief bool   // the row has a summary, which stands in place of the payload, and the status that goes with it
	odd   string // what column active holds if nobody knows what it means
}

// activity is what column active tells.
type activity byte

const (
	final activity = iota
	active
	unknown
)

func (p *taskPage) full() bool { return len(p.rows) == pageRows || len(p.text) > pageBytes }

// reset makes room for other rows. What one large payload has taken is given back.
func (p *taskPage) reset() {
	p.text, p.rows = p.text[:0], p.rows[:0]
	if cap(p.text) > 4*pageBytes {
		p.text = nil
	}
}

// add takes the row at which a statement is, which begins with taskColumns; payload tells that the payload follows, or the
// summary where the status is null.
func (p *taskPage) add(stmt *sqlite3.Stmt, payload bool) {
	row := taskText{begin: len(p.text)}
	for col := range row.ends {
		p.text = stmt.AppendColumn(p.text, col)
		row.ends[col] = len(p.text)
	}
	switch value, known := boolean(stmt, len(row.ends)); {
	case !known:
		row.state, row.odd = unknown, stmt.ColumnText(len(row.ends))
	case value:
		row.state = active
	}
	if payload {
		p.text = stmt.AppendColumn(p.text, len(row.ends)+1)
		row.brief = stmt.ColumnType(len(row.ends)-1) == sqlite3.Null
	}
	row.end = len(p.text)
	p.rows = append(p.rows, row)
}

// boolean reads a column that should hold 1 or 0.
func boolean(stmt *sqlite3.Stmt, col int) (value, known bool) {
	if stmt.ColumnType(col) != sqlite3.Integer {
		return false, false
	}
	n := stmt.ColumnInt64(col)
	return n == 1, n == 0 || n == 1
}

// taskDecoder makes rows of what pages hold.
type taskDecoder struct {
	names *tableNames
	texts metadata.Texts
	bad   *metadata.UnreadableLog
	ids   *block // of rows of which all or none are kept, or nil
}

// decode fills row with a row of a page. Texts that equal those of a row before are not made again. The payload is the page's.
func (d *taskDecoder) decode(p *taskPage, i int, row *metadata.TaskRow) {
	t := &p.rows[i]
	column := func(col int) []byte {
		begin := t.begin
		if col > 0 {
			begin = t.ends[col-1]
		}
		return p.text[begin:t.ends[col]]
	}
	row.ID, row.Unreadable = d.ids.text(column(0)), nil
	var err error
	if row.Created, err = druid.ParseInstant(string(column(1))); err != nil {
		err = fmt.Errorf("column created_date: %w", err)
	}
	row.DataSource = d.texts.Of(column(2))
	row.Type = d.texts.Of(column(3))
	if group := column(4); string(group) == row.ID {
		row.GroupID = row.ID
	} else {
		row.GroupID = string(group)
	}
	row.Payload, row.Summary = nil, nil
	switch last := p.text[t.ends[5]:t.end:t.end]; {
	case t.brief:
		row.Summary = last
	case len(last) > 0:
		row.Payload = last
	}
	row.Status = druid.TaskStatus{ID: row.ID, State: druid.Running, Duration: -1, Location: druid.UnknownLocation}
	if err == nil && !t.brief {
		err = metadata.DecodeStatus(column(5), d.texts, &row.Status)
	}
	if err == nil && t.state == unknown {
		err = fmt.Errorf("column active holds %q, which is neither 1 nor 0", t.odd)
	}
	if err == nil {
		return
	}
	row.Unreadable = d.bad.Tell(d.names.base+"_tasks", row.ID, err)
	row.Status = druid.TaskStatus{
		ID: row.ID, Duration: -1, ErrorMsg: druid.TruncateErrorMsg(row.Unreadable.Error()), Location: druid.UnknownLocation,
	}
	if t.state != final {
		row.Status.State = druid.Running
	}
}

// taskRow makes row of the row at which a statement is, which begins with taskColumns, without its payload.
func (c *conn) taskRow(stmt *sqlite3.Stmt, row *metadata.TaskRow) {
	c.page.reset()
	c.page.add(stmt, false)
	d := taskDecoder{c.names, c.texts, c.bad, nil}
	d.decode(&c.page, 0, row)
}

// handPage hands on a page that is full, or the last one, and returns an empty one. An error ends the reading.
type handPage func(*taskPage) (*taskPage, error)

// inTurn has the pages that read hands on taken by take, before read goes on.
func inTurn(read func(*taskPage, handPage) error, take func(*taskPage) error) error {
	return read(new(taskPage), func(p *taskPage) (*taskPage, error) {
		err := take(p)
		p.reset()
		return p, err
	})
}

// inParallel is inTurn, where read goes on in a goroutine of its own while take is at work on the page before; they must not share
// anything. When inParallel returns, or panics as take or read does, read does not run any more.
func inParallel(read func(*taskPage, handPage) error, take func(*taskPage) error) error {
	free, full, enough := make(chan *taskPage, 2), make(chan *taskPage), make(chan struct{})
	free <- new(taskPage)
	var err error   // of read: set, as problem is, before full is closed
	var problem any // read's panic
	go func() {
		defer close(full)
		defer func() { problem = recover() }()
		err = read(new(taskPage), func(p *taskPage) (*taskPage, error) {
			select {
			case full <- p:
			case <-enough:
				return nil, errStop
			}
			select {
			case next := <-free:
				next.reset()
				return next, nil
			case <-enough:
				return nil, errStop
			}
		})
	}()
	defer func() {
		close(enough)
		for range full {
		}
	}()
	for page := range full {
		if err := take(page); err != nil {
			return err
		}
		free <- page
	}
	if problem != nil {
		panic(problem)
	}
	return err
}
