package report

import (
	"testing"
	"time"

	"bench/results"
)

// TestRoundTrip: commands that were not measured count for nothing, and the median of an
// even number lies between two.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	var d results.Detail
	for _, c := range []struct {
		ms   float64
		want string
	}{
		{0, ""}, {0.25, "0.25 ms (median of 1 command; at most 0.25 ms)"},
		{50, "25.12 ms (median of 2 commands; at most 50.00 ms)"},
		{1, "1.00 ms (median of 3 commands; at most 50.00 ms)"},
	} {
		d.ToolCalls = append(d.ToolCalls, results.ToolCall{
			RoundTrip: time.Duration(c.ms * float64(time.Millisecond)),
		})
		got := ""
		if r := roundTripOf(d); r != nil {
			got = r.String()
		}
		if got != c.want {
			t.Errorf("%g ms: %q, want %q", c.ms, got, c.want)
		}
	}
}
