package bench

import "fmt"

// Replay says that a run plays another one again: what models answered is taken from
// the log of that run, and so is what the answers cost. Nothing of that was paid now.
type Replay struct {
	Of string `json:"of"` // the run
	// From is the turn of the lead from which on models are asked; 0 if never.
	From     int  `json:"from,omitempty"`
	Fallback bool `json:"fallback,omitempty"` // models are asked where the log has no answer
	Strict   bool `json:"strict,omitempty"`   // a trial ends where a request differs
}

// Mixed reports whether models may have been asked, too.
func (r *Replay) Mixed() bool { return r != nil && (r.From > 0 || r.Fallback) }

// String says in a few words what the run is; nothing of one that is no replay.
func (r *Replay) String() string {
	switch {
	case r == nil:
		return ""
	case r.From > 0:
		return fmt.Sprintf("replay of %s, models asked from turn %d on", r.Of, r.From)
	case r.Fallback:
		return fmt.Sprintf("replay of %s, models asked where it has no answer", r.Of)
	}
	return "replay of " + r.Of
}

// CallSource says where the answer of a model call came from, if no model gave it.
// What such a call cost was paid by whoever asked the model.
type CallSource string

// The sources. The empty one is the model.
const (
	SourceModel CallSource = ""
	SourceLog   CallSource = "log"   // of the run that is played again
	SourceCache CallSource = "cache" // a directory with answers of earlier runs
)

// Paid is what the run itself paid for the call.
func (c LLMCall) Paid() USD {
	if c.Source != SourceModel {
		return 0
	}
	return c.Cost
}

// Earlier is what of the call's cost was paid before the run, which draws on no budget of
// the run. A run that is played again draws on it as it did then.
func (c LLMCall) Earlier() USD {
	if c.Source == SourceCache {
		return c.Cost
	}
	return 0
}
