package wire

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, value string
		date        time.Time
		want        time.Duration
	}{
		{"Retry-After", "20", time.Time{}, 20 * time.Second},
		{"Retry-After", "0.5", time.Time{}, 500 * time.Millisecond},
		{"Retry-After", "0", time.Time{}, 0},
		{"Retry-After", "-4", time.Time{}, 0},
		{"Retry-After", "soon", time.Time{}, 0},
		{"Retry-After", "NaN", time.Time{}, 0},
		{"Retry-After", "99999999999999999999", time.Time{}, 0},
		{"Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT", time.Time{}, 0},
		{"Retry-After", now.Add(time.Minute).Format(http.TimeFormat), time.Time{}, time.Minute},
		{"Retry-After", now.Add(-time.Minute).Format(http.TimeFormat), time.Time{}, 0},
		{"Retry-After", now.Add(time.Minute).Format(http.TimeFormat), now.Add(50 * time.Second),
			10 * time.Second},
		{"Retry-After-Ms", "250", time.Time{}, 250 * time.Millisecond},
		{"Retry-After-Ms", "1e300", time.Time{}, 0},
		{"Retry-After-Ms", "Inf", time.Time{}, 0},
		{"X-Other", "3", time.Time{}, 0},
	} {
		h := http.Header{c.name: {c.value}}
		if !c.date.IsZero() {
			h.Set("Date", c.date.Format(http.TimeFormat))
		}
		if got := retryAfter(h, now); got != c.want {
			t.Errorf("%s: %s: %v, want %v", c.name, c.value, got, c.want)
		}
	}
}
