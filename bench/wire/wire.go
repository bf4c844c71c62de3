// Package wire is an HTTP/1.1 client for measuring servers: one kept-alive connection, buffers that are used again, and
// nothing else, so that on a small machine the server is what is measured and not the client.
package wire

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// patience is how long one answer may take.
const patience = 5 * time.Minute

// Conn is one connection. It is not for concurrent use.
type Conn struct {
	host   string
	header []byte // lines that each request has besides
	conn   net.Conn
	in     *bufio.Reader
	out    []byte
	answer []byte
}

// Dial connects to a server at host:port.
func Dial(ctx context.Context, address string) (*Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &Conn{host: address, conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

// SetHeader has each request from now on say name: value.
func (c *Conn) SetHeader(name, value string) {
	c.header = fmt.Appendf(c.header, "\r\n%s: %s", name, value)
}

// Close ends the connection.
func (c *Conn) Close() error { return c.conn.Close() }

// Get asks for a path.
func (c *Conn) Get(path string) (status int, answer []byte, err error) { return c.Do("GET", path, nil) }

// Post sends JSON to a path.
func (c *Conn) Post(path string, body []byte) (status int, answer []byte, err error) {
	return c.Do("POST", path, body)
}

// Do sends a request and reads the whole answer, which is valid until the next call. After an error the connection is
// of no use any more.
func (c *Conn) Do(method, path string, body []byte) (status int, answer []byte, err error) {
	c.out = append(append(append(append(c.out[:0], method...), ' '), path...), " HTTP/1.1\r\nHost: "...)
	c.out = append(append(c.out, c.host...), c.header...)
	if method != "GET" {
		c.out = append(c.out, "\r\nContent-Type: application/json\r\nContent-Length: "...)
		c.out = strconv.AppendInt(c.out, int64(len(body)), 10)
	}
	c.out = append(append(c.out, "\r\n\r\n"...), body...)
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, nil, err
	}
	if _, err := c.conn.Write(c.out); err != nil {
		return 0, nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if status, err = c.read(); err != nil {
		return 0, nil, fmt.Errorf("%s %s: reading the answer: %w", method, path, err)
	}
	return status, c.answer, nil
}

// read reads one answer into c.answer.
func (c *Conn) read() (status int, err error) {
	line, err := c.line()
	if err != nil {
		return 0, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, fmt.Errorf("%q is no status line of HTTP/1.1", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, fmt.Errorf("status line %q: %w", line, err)
	}
	length, chunked := 0, false
	for {
		if line, err = c.line(); err != nil {
			return 0, err
		}
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case is(name, "content-length"):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, fmt.Errorf("header %q: %w", line, err)
			}
		case is(name, "transfer-encoding"):
			if chunked = is(value, "chunked"); !chunked {
				return 0, fmt.Errorf("header %q: only chunked is understood", line)
			}
		}
	}
	c.answer = c.answer[:0]
	if chunked {
		return status, c.readChunks()
	}
	return status, c.readBytes(length)
}

func is(text []byte, lower string) bool { return bytes.EqualFold(text, []byte(lower)) }

// line reads to the end of a line, which it cuts off.
func (c *Conn) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

func (c *Conn) readChunks() error {
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		size, err := strconv.ParseUint(string(line), 16, 31)
		if err != nil {
			return fmt.Errorf("size of a chunk: %w", err)
		}
		if err := c.readBytes(int(size)); err != nil {
			return err
		}
		if line, err = c.line(); err != nil {
			return err
		}
		if len(line) != 0 {
			return errors.New("a chunk is longer than it says, or has trailers")
		}
		if size == 0 {
			return nil
		}
	}
}

// readBytes appends the next n bytes to the answer.
func (c *Conn) readBytes(n int) error {
	old := len(c.answer)
	if need := old + n; need > cap(c.answer) {
		grown := make([]byte, old, max(need, 2*cap(c.answer)))
		copy(grown, c.answer)
		c.answer = grown
	}
	c.answer = c.answer[:old+n]
	_, err := io.ReadFull(c.in, c.answer[old:])
	return err
}
