package detect

import (
	"slices"

	"ovate/internal/detect/timeformat"
)

// meansInstant tells whether a name can hardly mean anything else than when the row happened, as time and created_at do. A year, a month or a day can be
// that of something else: when an aeroplane was built.
func meansInstant(name string) bool {
	words := wordsOf(name)
	switch {
	case name == druidTime:
		return true
	case len(words) == 0 || measures(name) || hasWord(name, "zone", "offset", "duration", "elapsed"):
		return false
	}
	return words[len(words)-1] == "at" || hasWord(name, "timestamp", "time", "datetime", "ts", "date", "epoch", "when", "dt", "created") || hasWord(name, dateNames...)
}

// meansDate tells whether numbers under a name can hardly be durations, counts or parts of a date.
func meansDate(name string) bool {
	words := wordsOf(name)
	return name == druidTime || len(words) > 0 && !measures(name) &&
		(len(words) > 1 && words[len(words)-1] == "at" || hasWord(name, "timestamp", "datetime", "date", "ts", "created", "when") || hasWord(name, dateNames...))
}

// mayMeanTime tells whether a name speaks of a time, whatever else numbers under it may be, as steps under epoch or seconds that went by under time are.
func mayMeanTime(name string) bool {
	words := wordsOf(name)
	return meansInstant(name) || len(words) > 0 && !measures(name) &&
		(len(words) > 1 && words[len(words)-1] == "on" || hasWord(name, "day", "updated", "modified", "changed", "published", "recorded", "expires"))
}

// measureWords end the names of what is counted or added up, of how long something took, and of what tells one from another.
var measureWords = []string{"total", "sum", "by", "id", "ids", "uid", "count", "cnt", "amount", "amt", "revenue", "sales", "price", "cost", "spent", "estimate", "budget", "avg", "average", "mean",
	"size", "bytes", "user", "number", "num", "no", "nr", "code", "qty", "quantity", "balance", "rate", "duration", "elapsed", "usage", "left", "remaining", "worked", "limit", "target", "goal"}

// measures tells whether a name is that of an amount, a duration or an id, whatever else it says: month_total, time_spent, created_by.
func measures(name string) bool {
	words := wordsOf(name)
	return len(words) > 1 && slices.Contains(measureWords, words[len(words)-1])
}

// instantWords are what names of times are made of, besides dateNames.
var instantWords = []string{"timestamp", "time", "times", "datetime", "ts", "t", "date", "day", "epoch", "when", "dt", "at", "on", "created", "creation", "updated", "update", "modified", "changed", "deleted", "start", "started",
	"end", "ended", "begin", "finish", "finished", "first", "last", "event", "seen", "received", "sent", "recorded", "logged", "log", "observed", "published", "posted", "opened", "closed", "completed", "expires", "server", "client",
	"local", "ingest", "unix", "posix", "utc", "gmt", "arrival", "departure", "order", "request", "hour", "minute", "sample", "measurement"}

// saysInstant tells whether all that a name says is that it is a time, and in which unit. Else numbers under it are one by a guess.
func saysInstant(name string) bool {
	if name == druidTime {
		return true
	}
	words := wordsOf(name)
	if unitOf(name) < timeformat.Counts && len(words) > 1 {
		words = words[:len(words)-1]
	}
	return !slices.ContainsFunc(words, func(word string) bool {
		return !slices.Contains(instantWords, word) && !slices.Contains(dateNames, word)
	})
}

// unitWords are the words by which names say what numbers since 1970 count.
var unitWords = [timeformat.Counts][]string{
	timeformat.Posix:    {"s", "sec", "secs", "second", "seconds", "posix"},
	timeformat.Millis:   {"ms", "msec", "msecs", "milli", "millis", "millisecond", "milliseconds"},
	timeformat.Micro:    {"us", "usec", "usecs", "µs", "micro", "micros", "microsecond", "microseconds"},
	timeformat.Nano:     {"ns", "nsec", "nsecs", "nano", "nanos", "nanosecond", "nanoseconds"},
	timeformat.Ticks:    {"ticks"},
	timeformat.Filetime: {"filetime"},
}

// unitOf is the unit that the end of a name says, timeformat.None if it says none.
func unitOf(name string) timeformat.Digits {
	words := wordsOf(name)
	if len(words) == 0 {
		return timeformat.None
	}
	for d, these := range unitWords {
		if slices.Contains(these, words[len(words)-1]) {
			return timeformat.Digits(d)
		}
	}
	return timeformat.None
}
