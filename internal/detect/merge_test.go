package detect

import (
	"reflect"
	"slices"
	"testing"
	"unsafe"
)

// TestMergeTakesEveryField: what one worker counted alone is there after a merge, in whichever field of a column it is.
func TestMergeTakesEveryField(t *testing.T) {
	t.Parallel()
	// These are the same for all workers.
	constant := []string{"key", "score", "named"}
	var checked int
	check := func(path string, index []int, elements []int) {
		at := func(c *column) reflect.Value {
			v := reflect.ValueOf(c).Elem()
			for _, i := range index {
				v = v.Field(i)
			}
			for _, i := range elements {
				v = v.Index(i)
			}
			return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
		}
		all, one := newColumn("a"), newColumn("a")
		switch v := at(one); v.Interface().(type) {
		case place:
			v.Set(reflect.ValueOf(place{batch: 1, line: 2, input: "i", value: "v"}))
		case tally:
			v.Set(reflect.ValueOf(tally{n: 1, first: place{batch: 1, line: 2, input: "i", value: "v"}}))
		case alike:
			v.Set(reflect.ValueOf(alike{1, "v"}))
		case span:
			v.Set(reflect.ValueOf(span{n: 1, min: 3, max: 3}))
		case []string:
			v.Set(reflect.ValueOf([]string{"v"}))
		case []int64:
			v.Set(reflect.ValueOf([]int64{0, 1}))
		default:
			switch {
			case v.CanInt():
				v.SetInt(1)
			case v.Kind() == reflect.Bool:
				v.SetBool(true)
			case v.CanUint():
				v.SetUint(1)
			default:
				t.Fatalf("%s is a %v, which this test cannot set", path, v.Type())
			}
		}
		want := at(one).Interface()
		all.merge(one)
		if got := at(all).Interface(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %v after a merge, want %v", path, got, want)
		}
		checked++
	}
	var walk func(typ reflect.Type, path string, index, elements []int)
	walk = func(typ reflect.Type, path string, index, elements []int) {
		switch {
		case typ == reflect.TypeFor[place]() || typ == reflect.TypeFor[tally]() || typ == reflect.TypeFor[alike]() || typ == reflect.TypeFor[span]():
			check(path, index, elements)
		case typ.Kind() == reflect.Struct && len(elements) == 0:
			for i := range typ.NumField() {
				if f := typ.Field(i); len(index) > 0 || !slices.Contains(constant, f.Name) {
					walk(f.Type, path+"."+f.Name, append(slices.Clone(index), i), nil)
				}
			}
		case typ.Kind() == reflect.Array:
			for i := range typ.Len() {
				walk(typ.Elem(), path, index, append(slices.Clone(elements), i))
			}
		default:
			check(path, index, elements)
		}
	}
	walk(reflect.TypeFor[column](), "column", nil, nil)
	if checked < 60 {
		t.Errorf("only %d fields are checked", checked)
	}
}
