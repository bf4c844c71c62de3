package sqlite

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestPlaces(t *testing.T) {
	t.Parallel()
	disk, drawn := unix.Mkdev(259, 3), unix.Mkdev(0, 27)
	was := place{inode: 4, born: "100.5", filesystem: "[1 2]", device: disk, machine: "m"}
	with := func(change func(*place)) place {
		p := was
		change(&p)
		return p
	}
	on := func(device uint64, born string) place {
		return with(func(p *place) { p.device, p.born = device, born })
	}
	for name, test := range map[string]struct {
		was, is place
		same    bool
	}{
		"started again":                    {was, was, true},
		"copied":                           {was, with(func(p *place) { p.inode = 5 }), false},
		"copied over its inode":            {was, with(func(p *place) { p.born = "100.6" }), false},
		"copied to another file system":    {was, with(func(p *place) { p.filesystem = "[3 4]" }), false},
		"an image beside it":               {was, on(unix.Mkdev(259, 4), was.born), false},
		"an image on another machine":      {was, with(func(p *place) { p.machine = "n" }), false},
		"an image in a container":          {was, with(func(p *place) { p.machine = "" }), false},
		"mounted again":                    {on(drawn, was.born), on(drawn+1, was.born), true},
		"mounted again without birth time": {on(drawn, ""), on(drawn+1, ""), false},
	} {
		if same := test.was.word() == test.is.word(); same != test.same {
			t.Errorf("%s: the same is %t", name, same)
		}
	}
}
