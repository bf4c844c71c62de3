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
// Druid and this one write it, with a path or, in S3, a key that ends with that folder, a unique name or none, and index or index.zip, and has
// nothing behind it that could be a path to a segment.
func (d *dialect) isOwn() string {
	prefix := `CONCAT(dataSource, '_', start, '_', {end}, '_', version)`
	partition := `COALESCE(NULLIF(SUBSTRING(id FROM CHAR_LENGTH(` + prefix + `) + 2), ''), '0')`
	folder := d.bytesOf(`CONCAT('/', dataSource, '/', start, '_', {end}, '/', version, '/', ` + partition + `, '/')`)
	return fmt.Sprintf(`(id = CONCAT(%s, CASE %s WHEN '0' THEN '' ELSE CONCAT('_', %s) END)`, prefix, partition, partition) +
		fmt.Sprintf(` AND %s %s '^(0|[1-9][0-9]*)$' AND (%s OR %s))`, partition, d.matches, d.isOwnPath(folder), d.isOwnKey(folder))
}

// isOwnPath is true of a payload with a path within a folder.
func (d *dialect) isOwnPath(folder string) string {
	spec, begins := d.specOf(`{"type":"local","path":"`)
	return fmt.Sprintf(`(%s AND %s)`, begins, d.isWithin(spec, folder))
}

// isOwnKey is true of a payload with a key within a folder. In the bucket's name nothing is that could be part of a path, or end its text.
func (d *dialect) isOwnKey(folder string) string {
	const toKey, toSchema, schemas = `","key":"`, `","S3Schema":"`, 3
	spec, begins := d.specOf(`{"type":"s3_zip","bucket":"`)
	at := find(d.constant(toKey), spec)
	bucket, rest := upTo(spec, at+" - 1"), from(spec, fmt.Sprintf("%s + %d", at, len(toKey)))
	end := fmt.Sprintf("%s - %d", length(rest), len(toSchema)+schemas)
	conditions := fmt.Sprintf(`%s AND %s > 0 AND %s IN (%s, %s)`, begins, at, from(rest, "GREATEST("+end+", 0) + 1"), d.constant(toSchema+"s3n"), d.constant(toSchema+"s3a"))
	for _, odd := range []string{`"`, `\`, `/`} {
		conditions += fmt.Sprintf(` AND %s = 0`, find(d.constant(odd), bucket))
	}
	return fmt.Sprintf(`(%s AND %s)`, conditions, d.isWithin(upTo(rest, end), folder))
}

// specOf is what a payload has behind the beginning of its load spec up to the end of that one's last text, and whether it begins so and nothing else in it
// could be a path to a segment.
func (d *dialect) specOf(spec string) (rest, begins string) {
	begin := d.bytesOf(`CONCAT('{"dataSource":"', dataSource, '","interval":"', start, '/', {end}, '","version":"', version, '","loadSpec":` + spec + `')`)
	rest = from("payload", length(begin)+" + 1")
	end := find(d.constant(`"},"`), rest)
	tail := from(rest, end)
	begins = fmt.Sprintf(`%s = %s AND %s > 0`, upTo("payload", length(begin)), begin, end) +
		fmt.Sprintf(` AND NOT %s LIKE %s ESCAPE %s AND %s = 0`, tail, d.constant("%/%!_%/%/%"), d.constant("!"), find(d.constant(`\u`), tail))
	return upTo(rest, end+" - 1"), begins
}

// isWithin is true of a path, or a key, of what a push makes in a folder. A key may begin with the folder's name.
func (d *dialect) isWithin(path, folder string) string {
	const unique = "36" // characters of a UUID
	first := fmt.Sprintf("%s = %s", upTo(path, length(folder)+" - 1"), from(folder, "2"))
	name := from(path, fmt.Sprintf("CASE WHEN %s THEN 0 ELSE %s END + %s", first, find(folder, path), length(folder)))
	files := func(slash string) string {
		return fmt.Sprintf("(%s, %s, %s)", d.constant(slash+"index/"), d.constant(slash+"index"), d.constant(slash+"index.zip"))
	}
	return fmt.Sprintf(`%s = 0 AND %s = 0 AND (%s OR %s > 0)`, find(d.constant(`"`), path), find(d.constant(`\`), path), first, find(folder, path)) +
		fmt.Sprintf(` AND (%s IN %s OR %s IN %s AND %s = 0)`, name, files(""), from(name, unique+" + 1"), files("/"), find(d.constant("/"), upTo(name, unique)))
}

// bytesOf is the bytes of a text, and constant those of one that is known.
func (d *dialect) bytesOf(text string) string   { return fmt.Sprintf(d.toBytes, text) }
func (d *dialect) constant(value string) string { return fmt.Sprintf(d.literal, value) } // %x of it

func find(what, in string) string     { return fmt.Sprintf("POSITION(%s IN %s)", what, in) }
func from(value, begin string) string { return fmt.Sprintf("SUBSTRING(%s FROM %s)", value, begin) }
func length(value string) string      { return "OCTET_LENGTH(" + value + ")" }

// upTo is so many bytes of a value, or none.
func upTo(value, n string) string {
	return fmt.Sprintf("SUBSTRING(%s FROM 1 FOR GREATEST(%s, 0))", value, n)
}
