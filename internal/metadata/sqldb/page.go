package sqldb

import "context"

// Rows of one page, which are in memory at once. A page of large payloads makes the next one shorter.
const (
	pageRows  = 500
	pageBytes = 4 << 20
	// statusRows is the rows of each page but the first, of tasks without their payloads.
	statusRows = 4000
)

// handOn calls fn with each row of a page, until ctx ends.
func handOn[T any](ctx context.Context, page []T, fn func(*T) error) error {
	for i := range page {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := fn(&page[i]); err != nil {
			return err
		}
	}
	return nil
}

// behind is of rows that come behind one, of which this is the time and the id, where the newest come first.
func (c *condition) behind(created string, id any) {
	c.add(` AND created_date <= ? AND (created_date < ? OR id < ?)`, created, created, id)
}
