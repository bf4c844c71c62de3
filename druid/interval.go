package druid

// Interval is a half-open span of time: Start is in it, End is not.
type Interval struct{ Start, End Instant }

// Eternity holds every instant that Druid can store.
var Eternity = Interval{MinInstant, MaxInstant}

// String is start/end, both as Instant writes them.
func (i Interval) String() string { return string(i.AppendTo(make([]byte, 0, 49))) }

// AppendTo appends what String returns to dst.
func (i Interval) AppendTo(dst []byte) []byte {
	dst = append(i.Start.AppendTo(dst), '/')
	return i.End.AppendTo(dst)
}

// Contains tells whether t lies within i.
func (i Interval) Contains(t Instant) bool { return i.Start <= t && t < i.End }

// Encloses tells whether all of other lies within i.
func (i Interval) Encloses(other Interval) bool { return i.Start <= other.Start && other.End <= i.End }

// Overlaps tells whether i and other share an instant.
func (i Interval) Overlaps(other Interval) bool { return i.Start < other.End && other.Start < i.End }

// IsEmpty tells whether no instant lies within i.
func (i Interval) IsEmpty() bool { return i.End <= i.Start }

// MarshalJSON writes the quoted text of String.
func (i Interval) MarshalJSON() ([]byte, error) {
	dst := append(make([]byte, 0, 51), '"')
	return append(i.AppendTo(dst), '"'), nil
}

// UnmarshalJSON takes any ISO-8601 interval text that ParseInterval takes. null leaves i as it is.
func (i *Interval) UnmarshalJSON(b []byte) error {
	if isNull(b) {
		return nil
	}
	s, err := unquote(b)
	if err != nil {
		return &IntervalError{Text: string(b), Problem: "it is not a text"}
	}
	*i, err = ParseInterval(s)
	return err
}
