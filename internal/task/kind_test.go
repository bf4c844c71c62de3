package task

import "testing"

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, typ := range Types() {
		if KindOf(typ).decode == nil {
			t.Errorf("%s is listed, but cannot be decoded", typ)
		}
	}
	if unknown := KindOf("nobody_knows"); unknown.decode != nil || !unknown.TakesLocks {
		t.Errorf("a type that is not known: %+v", unknown)
	}
}
