package format

// Chunk is some whole lines of one input.
type Chunk struct {
	Data []byte // each line with its end; only the last line of the input may lack one
	File *File
	// Lines are the lines of the input before Data, header lines included.
	Lines int64
	// Bytes are those of the decompressed input that Data stands for: its own and, in the first chunk, the header's.
	Bytes int64
	First bool // the first chunk of its input

	release func()
	size    int64
}

// Sized is a chunk that holds so many bytes.
func Sized(size int64) Chunk { return Chunk{size: size} }

// Size is how much memory the chunk holds until it is released.
func (c *Chunk) Size() int64 { return c.size }

// Long tells whether the chunk was made larger for a line than chunks are.
func (c *Chunk) Long() bool { return c.size > DefaultChunkBytes+scanPadding }

// OnRelease has f called when the chunk is released, too.
func (c *Chunk) OnRelease(f func()) {
	release := c.release
	c.release = func() {
		if release != nil {
			release()
		}
		f()
	}
}

// Release gives the memory of Data back to its Splitter. The chunk must not be used afterwards.
func (c *Chunk) Release() {
	if c.release != nil {
		c.release()
	}
	c.Data, c.release = nil, nil
}

// File is what the chunks of one input have in common.
type File struct {
	Name    string   // for people: a path, a URI or "inline data"
	URI     string   // as Druid's reports name the input; empty for inline data
	Columns []string // csv and tsv: the names of the fields, in their order
	// HeaderFault says why nothing of the input can be read; its only chunk is empty. Otherwise empty.
	HeaderFault string
	// Hide replaces what must not be shown of the data in faults; nil if there is nothing.
	Hide func(string) string
}
