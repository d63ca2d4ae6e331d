package bench

import "slices"

// Finding is evidence that a trial touched the upstream fix of its task, or tried to.
type Finding struct {
	Rule     string   `json:"rule"` // of package contamination
	Severity Severity `json:"severity"`
	Agent    string   `json:"agent,omitempty"`
	Turn     int      `json:"turn,omitempty"`
	Call     string   `json:"call,omitempty"` // the tool call, as the model named it
	Text     string   `json:"text"`           // what matched, cut
}

// Severity says how far a trial got to the fix.
type Severity string

// The severities, the worst first.
const (
	Touched Severity = "touched" // it was shown some of it
	Tried   Severity = "tried"   // it asked, and got nothing
)

// Severities are all of them, the worst first.
var Severities = []Severity{Touched, Tried}

// AtLeast reports whether a severity is another one or worse.
func (s Severity) AtLeast(than Severity) bool {
	i := slices.Index(Severities, s)
	return i >= 0 && i <= slices.Index(Severities, than)
}

// Worst is the worst severity of some findings; empty if there is none.
func Worst(fs []Finding) Severity {
	for _, s := range Severities {
		if slices.ContainsFunc(fs, func(f Finding) bool { return f.Severity == s }) {
			return s
		}
	}
	return ""
}

// Contamination is what an examination of a trial found, by a version of the rules.
type Contamination struct {
	Version  int       `json:"version"`
	Findings []Finding `json:"findings"`
}
