package spec

import (
	"slices"
	"strings"
)

func (r *reader) dimensionsSpec(v value) DimensionsSpec {
	var s DimensionsSpec
	if !r.present(v, "a list of dimensions, or none, {}, if they are to be discovered") {
		return s
	}
	s.Dimensions = r.dimensions(v.field("dimensions"), &s)
	s.Exclusions = r.exclusions(v.field("dimensionExclusions"), s.Dimensions)
	if spatial := v.field("spatialDimensions"); len(r.list(spatial)) > 0 {
		r.unsupported(spatial, "leave spatial dimensions out")
	}
	s.IncludeAll = r.boolean(v.field("includeAllDimensions"), false)
	if discover := v.field("useSchemaDiscovery"); r.boolean(discover, false) {
		r.unsupported(discover, "list the dimensions with their types, or leave it out to discover dimensions as strings")
	}
	if byTime := v.field("forceSegmentSortByTime"); !byTime.missing() {
		s.sortGiven = true
		if !r.boolean(byTime, true) {
			r.unsupported(byTime, "segments are sorted by time first, leave it out")
		}
	}
	return s
}

// dimensions reads the list. An entry for the time column, which only says what is so anyway, is noted and left out.
func (r *reader) dimensions(v value, s *DimensionsSpec) []Dimension {
	var dimensions []Dimension
	var twice []string
	seen := map[string]int{}
	for i, item := range r.list(v) {
		d := r.dimension(item)
		if d.Name == timeColumn {
			s.timeListed = true
			r.timeDimension(item, d, i)
		} else {
			dimensions = append(dimensions, d)
		}
		if seen[d.Name]++; seen[d.Name] == 2 && d.Name != "" {
			twice = append(twice, d.Name)
		}
	}
	if twice != nil {
		r.refuseAsDruid(v, "Cannot construct instance of `org.apache.druid.data.input.impl.DimensionsSpec`, problem: "+
			"Duplicate column entries found : [%s]", oneLine(strings.Join(twice, ", ")))
	}
	return dimensions
}

func (r *reader) timeDimension(v value, d Dimension, position int) {
	if d.Type != Long {
		r.refuse(v, "__time must be of type long, or left out of the list")
	}
	if position > 0 {
		r.refuse(v, "__time must be the first dimension, or left out of the list: segments are sorted by time first")
	}
}

// dimension reads a name or an object. Like Druid it takes types that nobody knows for strings.
func (r *reader) dimension(v value) Dimension {
	d := Dimension{MultiValue: SortedArray, Bitmap: true}
	if v.kind == text {
		if d.Name = r.text(v, ""); d.Name == "" {
			r.refuse(v, "must not be empty")
		}
		return d
	}
	if v.kind != object {
		r.refuse(v, "must be a name or an object with type and name, but is %s", v.shown())
		return d
	}
	d.Name = r.text(v.field("name"), "")
	if d.Name == "" {
		r.refuse(v.field("name"), "must be the name of a column, but is %s", v.field("name").shown())
	}
	switch r.text(v.field("type"), "string") {
	case "long":
		d.Type = Long
	case "float":
		d.Type = Float
	case "double":
		d.Type = Double
	case "auto", "json", "spatial":
		r.unsupported(v.field("type"), "dimensions can be string, long, float or double")
	}
	if d.Type != String {
		d.Bitmap = false
		return d
	}
	d.MultiValue = r.multiValueHandling(v.field("multiValueHandling"))
	d.Bitmap = r.boolean(v.field("createBitmapIndex"), true)
	return d
}

func (r *reader) multiValueHandling(v value) MultiValueHandling {
	given := r.text(v, string(SortedArray))
	m := MultiValueHandling(strings.ToUpper(given))
	if m != SortedArray && m != SortedSet && m != Array {
		r.refuse(v, "must be SORTED_ARRAY, SORTED_SET or ARRAY, but is %s", v.shown())
	}
	return m
}

func (r *reader) exclusions(v value, listed []Dimension) []string {
	names := r.texts(v)
	dimensions := make(map[string]bool, len(listed))
	for _, d := range listed {
		dimensions[d.Name] = true
	}
	for i, name := range names {
		if dimensions[name] {
			r.refuse(v.item(i), "%s is listed as a dimension, too: leave it out of one of the lists", quoted(name))
		}
	}
	return names
}

// completeExclusions adds what is never discovered as a dimension: the columns that have a use already.
func (s *DimensionsSpec) completeExclusions(schema *DataSchema) {
	inputs := []string{schema.Timestamp.Column}
	outputs := []string{timeColumn}
	for _, m := range schema.Metrics {
		if m.Aggregate != Count {
			inputs = append(inputs, m.Field)
		}
		outputs = append(outputs, m.Name)
	}
	listed := make(map[string]bool, len(s.Dimensions)+1)
	for _, d := range s.Dimensions {
		listed[d.Name] = true
		outputs = append(outputs, d.Name)
	}
	if s.timeListed {
		listed[timeColumn] = true
	}
	slices.Sort(outputs)
	used := grownSet(append(grownSet(inputs), outputs...))
	used = slices.DeleteFunc(used, func(name string) bool { return listed[name] })
	s.Exclusions = copiedSet(distinct(append(copiedSet(s.Exclusions), used...)))
}

func (s *DimensionsSpec) appendJSON(dst []byte) []byte {
	e := beginObject(dst)
	listed := s.Dimensions
	if s.timeListed {
		listed = append([]Dimension{{Name: timeColumn, Type: Long, MultiValue: SortedArray}}, listed...)
	}
	e.name("dimensions")
	e.dst = appendList(e.dst, listed)
	e.texts("dimensionExclusions", s.Exclusions)
	e.boolean("includeAllDimensions", s.IncludeAll)
	e.boolean("useSchemaDiscovery", false)
	if s.sortGiven {
		e.boolean("forceSegmentSortByTime", true)
	}
	return e.end()
}

func (d Dimension) appendJSON(dst []byte) []byte {
	e := beginObject(dst)
	e.text("type", d.Type.String())
	e.text("name", d.Name)
	e.text("multiValueHandling", string(d.MultiValue))
	e.boolean("createBitmapIndex", d.Bitmap)
	return e.end()
}
