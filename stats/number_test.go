package stats

import (
	"encoding/json"
	"math"
	"testing"
)

// Numbers and intervals keep their values through JSON, absent ones included.
func TestNumbersInJSON(t *testing.T) {
	t.Parallel()
	type document struct {
		N Number
		I Interval
	}
	for _, want := range []struct {
		doc  document
		text string
	}{
		{document{0.5, Interval{-1, 2}}, `{"N":0.5,"I":[-1,2]}`},
		{document{None(), NoInterval()}, `{"N":null,"I":null}`},
		{document{Number(math.Inf(1)), Interval{0, None()}}, `{"N":null,"I":null}`},
	} {
		text, err := json.Marshal(want.doc)
		if err != nil || string(text) != want.text {
			t.Errorf("got %s, %v, want %s", text, err, want.text)
		}
		var back document
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(back)
		if err != nil || string(again) != want.text {
			t.Errorf("%s comes back as %s, %v", text, again, err)
		}
	}
	if n := Over(1, 0); n.OK() {
		t.Errorf("1/0 is %v", n)
	}
}
