package sqlite

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"sync/atomic"
)

// lengths notices that a file of the database was cut off. Files get shorter as they should, too: the database when another program
// vacuums it, and the write-ahead log when all that is in it was copied. What SQLite keeps in their heads tells the two apart.
type lengths struct {
	main  *os.File // all are open as long as this process has connections, see openFile
	index *os.File // of the write-ahead log, the -shm file
	log   *os.File // the write-ahead log
	last  atomic.Int64
}

// check compares the lengths with what is committed.
func (l *lengths) check() error {
	if err := l.checkMain(); err != nil {
		return err
	}
	return l.checkLog()
}

// checkMain looks for the number of pages that the head of the database tells. Where a copy of the write-ahead log came to no end it may be ahead of
// the length, but then the file did not get shorter.
func (l *lengths) checkMain() error {
	info, err := l.main.Stat()
	if err != nil {
		return err
	}
	if last := l.last.Swap(info.Size()); info.Size() >= last {
		return nil
	}
	var head [100]byte
	if _, err := l.main.ReadAt(head[:], 0); err != nil && err != io.EOF {
		return nil // what it holds, whoever reads it is told
	}
	page := int64(binary.BigEndian.Uint16(head[16:]))
	if page == 1 {
		page = 1 << 16
	}
	if want := int64(binary.BigEndian.Uint32(head[28:])) * page; want == 0 || info.Size() < want {
		return fmt.Errorf("%s was cut off to %d bytes while the server was using it", l.main.Name(), info.Size())
	}
	return nil
}

// checkLog looks for the frames that the index of the write-ahead log tells, unless all of them were copied. What changed while it looked is looked at again
// before the next write.
func (l *lengths) checkLog() error {
	before, ok := l.frames()
	if !ok || before.count == before.copied || l.holds(before) {
		return nil
	}
	if after, ok := l.frames(); !ok || after != before {
		return nil
	}
	info, err := l.log.Stat()
	if err != nil {
		return err
	}
	return fmt.Errorf("%s was cut off while the server was using it, and has %d bytes now", l.log.Name(), info.Size())
}

// holds tells whether the write-ahead log has its head and the last of its frames. Its length would not tell: a log that was cut off is as long as before
// once somebody has written behind the cut, with nothing in between.
func (l *lengths) holds(f frames) bool {
	const logHead, frameHead = 32, 24
	var head [logHead]byte
	var last [frameHead]byte
	if _, err := l.log.ReadAt(head[:], 0); err != nil {
		return err != io.EOF // what cannot be read now tells nothing
	}
	if _, err := l.log.ReadAt(last[:], logHead+(f.count-1)*(frameHead+f.page)); err != nil {
		return err != io.EOF
	}
	return [8]byte(head[16:]) == f.salt && [8]byte(last[8:]) == f.salt && [8]byte(last[16:]) == f.sum
}

// frames is what the index tells of the write-ahead log.
type frames struct {
	count, copied, page int64
	salt                [8]byte // of all that belongs to the log as it is now
	sum                 [8]byte // of the last frame
}

// frames reads the index as SQLite's file format has it: its head twice, and how much of the log was copied. It is not ok while it is written.
func (l *lengths) frames() (frames, bool) {
	var head [100]byte
	if _, err := l.index.ReadAt(head[:], 0); err != nil {
		return frames{}, false
	}
	if initialized := head[12] == 1; !initialized || [48]byte(head[:48]) != [48]byte(head[48:96]) {
		return frames{}, false
	}
	number := func(at int) int64 { return int64(binary.NativeEndian.Uint32(head[at:])) }
	page := int64(binary.NativeEndian.Uint16(head[14:]))
	if page == 1 {
		page = 1 << 16
	}
	f := frames{count: number(16), copied: number(96), page: page, salt: [8]byte(head[32:])}
	for at := 0; at < len(f.sum); at += 4 { // the log has it in the order of bytes of networks
		binary.BigEndian.PutUint32(f.sum[at:], binary.NativeEndian.Uint32(head[24+at:]))
	}
	return f, true
}
