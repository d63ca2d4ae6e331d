package report

import (
	"slices"
	"testing"
)

// Parts are listed in as many lines as they take.
func TestFilled(t *testing.T) {
	t.Parallel()
	parts := []string{"call 40%", "tool 30%", "inspect 20%", "other 10%"}
	for columns, want := range map[int][]string{
		80: {"Path: call 40%, tool 30%, inspect 20%, other 10%"},
		30: {"Path: call 40%, tool 30%,", "   inspect 20%, other 10%"},
		5:  {"Path: call 40%,", "   tool 30%,", "   inspect 20%,", "   other 10%"},
	} {
		if got := filled("Path: ", parts, columns); !slices.Equal(got, want) {
			t.Errorf("%d columns: %q, want %q", columns, got, want)
		}
	}
	if got := filled("Path: ", nil, 80); !slices.Equal(got, []string{"Path: "}) {
		t.Errorf("no parts: %q", got)
	}
}
