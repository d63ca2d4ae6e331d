package output_test

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"testing"

	"bench/results/output"
)

// items are those of a slice, and then an error, if there is one.
func items[T any](all []T, err error) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		for _, x := range all {
			if !yield(x, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// A document that is written item by item is the one that is written at once.
func TestDocument(t *testing.T) {
	t.Parallel()
	type pair struct {
		Text string `json:"text"`
		Of   []int  `json:"of"`
	}
	type whole struct {
		Name  string         `json:"name"`
		Meta  map[string]any `json:"meta"`
		Pairs []pair         `json:"pairs"`
		Maybe []*pair        `json:"maybe"`
	}
	for _, x := range []whole{
		{"a < b", map[string]any{"k": []int{1}}, []pair{{"x & \"y\"\n", []int{1, 2}}, {}}, []*pair{nil, {}}},
		{"", map[string]any{}, []pair{}, []*pair{}},
	} {
		var want, got bytes.Buffer
		if err := output.JSON(&want, x); err != nil {
			t.Fatal(err)
		}
		head := struct {
			Name string         `json:"name"`
			Meta map[string]any `json:"meta"`
		}{x.Name, x.Meta}
		err := output.Document(&got, head, output.Array{Key: "pairs", Items: items(x.Pairs, nil)},
			output.Array{Key: "maybe", Items: items(x.Maybe, nil)})
		if err != nil || got.String() != want.String() {
			t.Errorf("%v, got\n%s\nwant\n%s", err, got.String(), want.String())
		}
	}
}

// Half a document is an error.
func TestHalf(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	err := output.Document(io.Discard, map[string]int{"a": 1},
		output.Array{Key: "b", Items: items([]int{1, 2, 3}, broken)})
	if !errors.Is(err, broken) {
		t.Errorf("it ended with: %v", err)
	}
}
