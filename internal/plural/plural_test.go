package plural_test

import (
	"testing"

	"bench/internal/plural"
)

func TestCount(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		n           int
		thing, want string
	}{
		{0, "task", "0 tasks"}, {1, "task", "1 task"}, {2, "task", "2 tasks"},
		{1, "sandbox", "1 sandbox"}, {2, "sandbox", "2 sandboxes"}, {2, "switch", "2 switches"},
	} {
		if got := plural.Count(test.n, test.thing); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	for n, want := range []string{"are", "is", "are"} {
		if got := plural.Word(n, "is", "are"); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}
