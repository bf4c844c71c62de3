package stream

// Lag is how many records each partition has that were not read, by the partition's name. What is read beyond what was the end a moment ago is below 0, and no lag.
type Lag map[string]int64

// Total is that of all partitions.
func (l Lag) Total() (sum int64) {
	for _, n := range l {
		sum += max(n, 0)
	}
	return sum
}

// Most is that of the partition that is farthest behind.
func (l Lag) Most() (most int64) {
	for _, n := range l {
		most = max(most, n)
	}
	return most
}

// Average is that of a partition on average; 0 if there are none.
func (l Lag) Average() float64 {
	if len(l) == 0 {
		return 0
	}
	return float64(l.Total()) / float64(len(l))
}
