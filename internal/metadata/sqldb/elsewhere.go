package sqldb

import (
	"context"
	"errors"
	"fmt"

	"ovate/internal/metadata"
)

// errOtherID: nobody knows which of the two the row is of.
var errOtherID = errors.New("its id is another one than that of the segment that its payload tells of")

// SegmentsElsewhere implements metadata.Reader. The database looks through all segments, and sends those alone.
func (r reader) SegmentsElsewhere(ctx context.Context, fn func(*metadata.SegmentRow) error) error {
	return r.eachSegment(ctx, " AND NOT COALESCE("+r.store.dialect.isOwn()+", FALSE)", fn)
}

// isOwn is true of a row that names no other files than those in the folder that a push of its id makes: its payload begins as programs of
// Druid and this one write it, with a path that ends with that folder, a unique name or none, and index or index.zip, and has nothing behind
// it that could be a path to a segment.
func (d *dialect) isOwn() string {
	text := func(value string) string { return fmt.Sprintf(d.toBytes, value) }
	literal := func(value string) string { return fmt.Sprintf(d.literal, value) } // %x of it
	find := func(what, in string) string { return fmt.Sprintf("POSITION(%s IN %s)", what, in) }
	from := func(value, begin string) string { return fmt.Sprintf("SUBSTRING(%s FROM %s)", value, begin) }
	length := func(value string) string { return "OCTET_LENGTH(" + value + ")" }

	prefix := `CONCAT(dataSource, '_', start, '_', {end}, '_', version)`
	partition := `COALESCE(NULLIF(SUBSTRING(id FROM CHAR_LENGTH(` + prefix + `) + 2), ''), '0')`
	folder := text(`CONCAT('/', dataSource, '/', start, '_', {end}, '/', version, '/', ` + partition + `, '/')`)
	begin := text(`CONCAT('{"dataSource":"', dataSource, '","interval":"', start, '/', {end}, '","version":"', version, '","loadSpec":{"type":"local","path":"')`)
	rest := from("payload", length(begin)+" + 1")
	end := find(literal(`"},"`), rest)
	path := fmt.Sprintf("SUBSTRING(%s FROM 1 FOR GREATEST(%s - 1, 0))", rest, end)
	tail := from(rest, end)
	name := from(path, find(folder, path)+" + "+length(folder))
	const unique = "36" // characters of a UUID
	conditions := fmt.Sprintf(`(SUBSTRING(payload FROM 1 FOR %s) = %s AND %s > 0`, length(begin), begin, end) +
		fmt.Sprintf(` AND id = CONCAT(%s, CASE %s WHEN '0' THEN '' ELSE CONCAT('_', %s) END)`, prefix, partition, partition) +
		fmt.Sprintf(` AND %s %s '^(0|[1-9][0-9]*)$'`, partition, d.matches) +
		fmt.Sprintf(` AND %s = 0 AND %s = 0 AND %s > 0`, find(literal(`"`), path), find(literal(`\`), path), find(folder, path)) +
		fmt.Sprintf(` AND (%s IN (%s, %s, %s)`, name, literal("index/"), literal("index"), literal("index.zip")) +
		fmt.Sprintf(` OR %s IN (%s, %s, %s)`, from(name, unique+" + 1"), literal("/index/"), literal("/index"), literal("/index.zip")) +
		fmt.Sprintf(` AND %s = 0)`, find(literal("/"), fmt.Sprintf("SUBSTRING(%s FROM 1 FOR %s)", name, unique))) +
		fmt.Sprintf(` AND NOT %s LIKE %s ESCAPE %s AND %s = 0)`, tail, literal("%/%!_%/%/%"), literal("!"), find(literal(`\u`), tail))
	return conditions
}
