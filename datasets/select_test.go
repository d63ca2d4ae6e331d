package datasets_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bench/datasets"
)

// numbered writes a dataset of n rows, t__t-1 to t__t-n.
func numbered(t testing.TB, n int) string {
	t.Helper()
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"instance_id":"t__t-%d","repo":"t/t","base_commit":%q,"version":"1",`+
			`"problem_statement":"p","test_patch":"t","FAIL_TO_PASS":["a"],"PASS_TO_PASS":[]}`+"\n",
			i+1, commit)
	}
	return writeTB(t, b.Bytes())
}

func selected(t *testing.T, path string, s datasets.Selection) string {
	t.Helper()
	set, err := datasets.Load(t.Context(), datasets.Options{Path: path, Selection: s})
	if err != nil {
		return err.Error()
	}
	var numbers []string
	for _, id := range ids(set.Tasks) {
		numbers = append(numbers, strings.TrimPrefix(id, "t__t-"))
	}
	return strings.Join(numbers, " ")
}

func TestSelection(t *testing.T) {
	t.Parallel()
	path := numbered(t, 10)
	failed := "select tasks of " + path + ": "
	for _, c := range []struct {
		name string
		s    datasets.Selection
		want string
	}{
		{"all", datasets.Selection{}, "1 2 3 4 5 6 7 8 9 10"},
		{"first", datasets.Selection{Slice: ":3"}, "1 2 3"},
		{"rest", datasets.Selection{Slice: "7:"}, "8 9 10"},
		{"middle", datasets.Selection{Slice: "2:4"}, "3 4"},
		{"everything", datasets.Selection{Slice: ":"}, "1 2 3 4 5 6 7 8 9 10"},
		{"last", datasets.Selection{Slice: "-2:"}, "9 10"},
		{"without last", datasets.Selection{Slice: ":-8"}, "1 2"},
		{"both negative", datasets.Selection{Slice: "-4:-2"}, "7 8"},
		{"too long", datasets.Selection{Slice: "8:99"}, "9 10"},
		{"too early", datasets.Selection{Slice: "-99:2"}, "1 2"},
		{"ids in the order of the file", datasets.Selection{IDs: []string{"t__t-9", "t__t-2"}}, "2 9"},
		{"regex anywhere", datasets.Selection{Filter: "-1"}, "1 10"},
		{"regex then slice", datasets.Selection{Filter: "[0-5]$", Slice: "-2:"}, "5 10"},
		{"ids and regex", datasets.Selection{
			IDs: []string{"t__t-1", "t__t-3"}, Filter: "3",
		}, "3"},
		{"empty slice", datasets.Selection{Slice: "3:3"}, failed + "the slice leaves nothing of 10 tasks"},
		{"slice beyond", datasets.Selection{Slice: "10:"}, failed + "the slice leaves nothing of 10 tasks"},
		{"unknown ids", datasets.Selection{IDs: []string{"t__t-2", "x", "b"}}, failed + "no instance b, x"},
		{"no match", datasets.Selection{Filter: "^x"}, failed + "no instance id matches ids and filter"},
		{"bad regex", datasets.Selection{Filter: "("}, "filter tasks: error parsing regexp: " +
			"missing closing ): `(`"},
		{"three parts", datasets.Selection{Slice: "1:2:3"}, "slice tasks: expected A:B, such as " +
			":50 or 100:200, found \"1:2:3\""},
		{"one number", datasets.Selection{Slice: "5"}, "slice tasks: expected A:B, such as " +
			":50 or 100:200, found \"5\""},
	} {
		if got := selected(t, path, c.s); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestShuffle holds the very order: it is part of what a seed means, and must
// not change with Go or with the machine.
func TestShuffle(t *testing.T) {
	t.Parallel()
	path := numbered(t, 10)
	for seed, want := range map[int64]string{
		42: "10 1 9 5 3 7 8 6 2 4", 43: "1 3 2 8 10 7 9 5 4 6", -1: "10 3 6 9 4 1 5 7 2 8",
	} {
		if got := selected(t, path, datasets.Selection{Shuffle: true, Seed: seed}); got != want {
			t.Errorf("seed %d: %q, want %q", seed, got, want)
		}
	}
}

// TestShuffleIsStable: what else is selected does not change who comes first.
func TestShuffleIsStable(t *testing.T) {
	t.Parallel()
	order := func(n int, s datasets.Selection) []string {
		s.Shuffle, s.Seed = true, 7
		return strings.Fields(selected(t, numbered(t, n), s))
	}
	all := order(60, datasets.Selection{})
	few := order(30, datasets.Selection{Filter: "[02468]$"})
	var expected []string
	for _, number := range all {
		if slices.Contains(few, number) {
			expected = append(expected, number)
		}
	}
	if diff := cmp.Diff(expected, few); diff != "" {
		t.Errorf("order in all (-) and alone (+):\n%s", diff)
	}
	if diff := cmp.Diff(all[:20], order(60, datasets.Selection{Slice: ":20"})); diff != "" {
		t.Error(diff)
	}
	if slices.IsSortedFunc(all, func(a, b string) int { return len(a) - len(b) }) {
		t.Error("nothing is shuffled")
	}
}

// TestCancelled: a long read ends with its context.
func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := datasets.Load(ctx, datasets.Options{Path: numbered(t, 3)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}
