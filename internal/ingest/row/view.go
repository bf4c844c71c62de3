package row

// View is what a Dictionary held at one moment. It stays valid while the dictionary grows.
type View struct {
	Epoch int // changes when the worker starts its dictionary afresh
	ends  []uint32
	data  []byte
}

// Len is the number of entries, the null at 0 included.
func (v View) Len() int { return len(v.ends) }

// At returns entry i (UTF-8). Entry 0 stands for null and is empty.
func (v View) At(i int32) []byte {
	if i == 0 {
		return nil
	}
	return v.data[v.ends[i-1]:v.ends[i]:v.ends[i]]
}
