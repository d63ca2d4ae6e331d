package compare

import (
	"strconv"

	"bench"
	"bench/stats"
)

// turns is what main read, turn by turn.
type turns struct {
	Input map[string]int64 // tokens, by the number of main's turn
	// Read counts trials by the turn in which main read its first reports.
	Read map[string]int
	// Led counts trials whose main delegated no later than in the response of its
	// first work call, of Leading ones, on which agents worked.
	Leading, Led int
}

func (w *work) turns() turns {
	out := turns{Input: map[string]int64{}, Read: map[string]int{}}
	for _, c := range w.mainCalls() {
		if u := answer(c).Usage; u.Input > 0 {
			out.Input[strconv.Itoa(c.Turn)] = u.Input
		}
	}
	batches := w.Batches()
	if len(batches) > 0 {
		if turn := w.turnAfter(batches[0][0].BatchID); turn > 0 {
			out.Read[strconv.Itoa(turn)] = 1
		}
	}
	if w.Worked() {
		out.Leading = 1
		if w.delegatesFirst() {
			out.Led = 1
		}
	}
	return out
}

// turnOf is the turn of main's call with this id, 0 if there is none.
func (w *work) turnOf(call string) int {
	for _, c := range w.Calls {
		if c.ID == call && w.Main(c.Agent) {
			return c.Turn
		}
	}
	return 0
}

// turnAfter is the next turn of main that was answered after the call with this
// id, 0 if there is none.
func (w *work) turnAfter(call string) (next int) {
	turn := w.turnOf(call)
	for _, c := range w.mainCalls() {
		if c.Turn > turn && answer(c).Usage.Input > 0 && (next == 0 || c.Turn < next) {
			next = c.Turn
		}
	}
	return next
}

// delegatesFirst reports whether main's first delegation is no later than the
// response in which it first calls a tool to work itself: docs/delegation.md.
func (w *work) delegatesFirst() bool {
	batches := w.Batches()
	if len(batches) == 0 {
		return false
	}
	turn := w.turnOf(batches[0][0].BatchID)
	for _, tool := range w.Tools {
		own := w.Main(tool.Agent) && !reporting[tool.Name] && tool.Name != "finish"
		if own && w.turnOf(tool.BatchID) < turn {
			return false
		}
	}
	return true
}

// besides is what the trials of a fusion and of its main model alone say together.
type besides struct {
	extra mean      // tokens of the first call that the fusion has more
	fixed bench.USD // that these cost in all of main's calls
	// Input of main when it has read its first reports, and of the model alone in the
	// same turn, over the pairs in which both have that turn.
	after, alone int64
	sameTurn     int
}

func (c *Column) besides() (out besides) {
	if c.alone == nil {
		return out
	}
	for _, p := range matched(c.alone, c) {
		alone, led := p[0].sums.Turns.Input, p[1].sums.Turns
		if first, other := led.Input["1"], alone["1"]; first > 0 && other > 0 {
			out.extra.add(float64(first - other))
			out.fixed += bench.USD(float64(first-other) / million * float64(p[1].sums.Overhead.Prefix))
		}
		for turn := range led.Read {
			if single := alone[turn]; single > 0 {
				out.after, out.alone = out.after+led.Input[turn], out.alone+single
				out.sameTurn++
			}
		}
	}
	return out
}

// perTrial is a number of tokens over so many trials.
func perTrial(tokens int64, trials int) Value {
	return number(stats.Over(tokens, trials)).per(trials)
}
