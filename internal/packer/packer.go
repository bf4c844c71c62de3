// Package packer has what compresses by gzip used again and again: a new one takes more memory than most of what it compresses.
package packer

import (
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// Pool is of those that nobody uses now. Its zero value is empty.
type Pool struct{ idle sync.Pool }

// Take is one that writes to w, at the level at which it is done soonest. Who has closed it, or given up, gives it back.
func (p *Pool) Take(w io.Writer) *gzip.Writer {
	z, is := p.idle.Get().(*gzip.Writer)
	if !is {
		var err error
		if z, err = gzip.NewWriterLevel(nil, gzip.BestSpeed); err != nil {
			panic(err) // the level is a constant that gzip knows
		}
	}
	z.Reset(w)
	return z
}

// Give takes one back, and keeps nothing of what it wrote to.
func (p *Pool) Give(z *gzip.Writer) {
	z.Reset(nil)
	p.idle.Put(z)
}
