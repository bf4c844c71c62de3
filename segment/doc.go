// Package segment writes and reads Druid segments: the immutable, column-oriented files, format version 9, that Druid's
// Historicals serve.
//
// A [Writer] takes whole columns, several at a time if the caller likes, each in chunks. Open gives back a [Segment]
// whose columns are read front to back, in chunks as well, or row by row as JSON.
//
// A segment is a folder: version.bin holds the version, meta.smoosh and its containers hold the columns and two files
// about them all, index.drd and metadata.drd. Numbers that frame are big-endian, numbers inside columns are
// little-endian.
package segment
