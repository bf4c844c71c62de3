package deepstorage

import "github.com/google/uuid"

// Owner is whoever keeps the metadata of the segments that are pushed. The empty one is nobody.
type Owner [6]byte

// NewName is the name of a push, which tells whose it is: a UUID of version 8 that begins with the owner.
func (o Owner) NewName() string {
	id := uuid.New()
	if o != (Owner{}) {
		copy(id[:], o[:])
		id[6] = 0x80 | id[6]&0x0f
	}
	return id.String()
}

// Owns tells whether NewName of this owner has made the name.
func (o Owner) Owns(name string) bool {
	id, err := uuid.Parse(name)
	return err == nil && o != (Owner{}) && id.Version() == 8 && Owner(id[:len(o)]) == o
}
