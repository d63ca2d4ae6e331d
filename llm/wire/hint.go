package wire

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// wait is how long the server asks to be left alone: by its headers, or else by
// its body. 0 if it does not say.
func (f Failure) wait() time.Duration {
	if d := retryAfter(f.Header, time.Now()); d > 0 {
		return d
	}
	return waitIn(f.Message + "\n" + Clip(string(f.Body), maxErrorBody))
}

// retryAfter reads how long the server asks to be left alone: Retry-After in
// seconds or as an HTTP date, or retry-after-ms.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if d := scaled(h.Get("Retry-After-Ms"), time.Millisecond); d > 0 {
		return d
	}
	v := strings.TrimSpace(h.Get("Retry-After"))
	if d := scaled(v, time.Second); d > 0 {
		return d
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date // the server's own clock, should ours differ
	}
	if d := at.Sub(now); d > 0 && d <= believed {
		return d
	}
	return 0
}

// believed is the longest wait that a server may mean: one of weeks is a slip of whoever
// wrote it, and no ground to give a model up.
const believed = 1e6 * time.Second

// A hint is followed by a time: "7m12.5s", "20 seconds", "250ms" or, alone, a
// number of seconds. TestWaitInBody has a message with its source for each.
var (
	hint = lazily(`(?i)(?:(?:try|retry|reset|available)\w*(?:\s+again)?\s+(?:in|after)` +
		`|wait(?:\s+for|\s+at\s+least|\s+another)?` +
		`|"?retry_?delay"?\s*:|"?retry[_-]?after(?:[_-]?seconds)?"?\s*:)` +
		`\s*["']?((?:\d+(?:\.\d+)?\s*[a-z]*[\s,]*(?:and\s+)?)+)`)
	hintMillis = lazily(`(?i)"?retry[_-]?after[_-]?ms"?\s*:\s*["']?(\d+)`)
	timePart   = lazily(`(?i)(\d+(?:\.\d+)?)\s*([a-z]*)`)
)

// waitIn reads how long a text asks to wait; 0 if it does not say.
func waitIn(text string) time.Duration {
	if m := hintMillis().FindStringSubmatch(text); m != nil {
		return scaled(m[1], time.Millisecond)
	}
	m := hint().FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	var sum time.Duration
	for _, part := range timePart().FindAllStringSubmatch(m[1], -1) {
		unit, ok := unitOf(strings.ToLower(part[2]))
		if !ok {
			break // another sentence has begun
		}
		sum += scaled(part[1], unit)
	}
	return sum
}

func scaled(number string, unit time.Duration) time.Duration {
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || !(f > 0 && f*unit.Seconds() <= believed.Seconds()) { // NaN is neither
		return 0
	}
	return time.Duration(f * float64(unit))
}

// unitOf is the length of a unit's word; a number without one is seconds.
func unitOf(word string) (time.Duration, bool) {
	switch word {
	case "ms", "millis", "millisecond", "milliseconds":
		return time.Millisecond, true
	case "", "s", "sec", "secs", "second", "seconds":
		return time.Second, true
	case "m", "min", "mins", "minute", "minutes":
		return time.Minute, true
	case "h", "hr", "hrs", "hour", "hours":
		return time.Hour, true
	}
	return 0, false
}
