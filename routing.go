package bench

import (
	"math"
	"strings"
)

// Router says which model takes a turn of a router configuration: that of the first
// rule that holds, else the one that the model of Ask chooses, else Main.
type Router struct {
	Models []Model     `json:"models"` // those beside Main that turns may go to
	Rules  []RouteRule `json:"rules,omitempty"`
	Ask    *RouteAsk   `json:"ask,omitempty"`
	Tests  string      `json:"tests"` // regular expression of commands that run tests
}

// RouteAsk is a model that is asked before a turn who shall take it.
type RouteAsk struct {
	Model   Model         `json:"model"`
	Choices []RouteChoice `json:"choices"`
}

// RouteChoice is a model that may be chosen, and when it should be.
type RouteChoice struct {
	Model string `json:"model"` // config name
	When  string `json:"when"`
}

// RouteRule sends turns to a model before which all of its conditions hold.
type RouteRule struct {
	Model string           `json:"model"` // config name
	When  []RouteCondition `json:"when"`
}

// RouteCondition holds where a fact is a word or, of one that is a number, in a range.
type RouteCondition struct {
	Fact RouteFact `json:"fact"`
	Text string    `json:"text"` // as the config has it
	Word string    `json:"word,omitempty"`
	Range
}

// Range is whole numbers, both ends included.
type Range struct {
	Min int64  `json:"min,omitempty"`
	Max *int64 `json:"max,omitempty"` // nil is no end
}

// top is the highest number of the range.
func (r Range) top() int64 {
	if r.Max == nil {
		return math.MaxInt64
	}
	return *r.Max
}

// Has reports whether a number lies in the range.
func (r Range) Has(n int64) bool { return n >= r.Min && n <= r.top() }

// Apart reports whether two ranges have no number in common.
func (r Range) Apart(other Range) bool { return r.Min > other.top() || other.Min > r.top() }

// Covers reports whether all of another range lies in it.
func (r Range) Covers(other Range) bool { return r.Min <= other.Min && r.top() >= other.top() }

// RouteFact names what a condition speaks of.
type RouteFact string

// The facts, as RouteFacts has them.
const (
	FactTurn        RouteFact = "turn"
	FactPhase       RouteFact = "phase"
	FactLastTool    RouteFact = "last_tool"
	FactFailedTests RouteFact = "failed_tests"
	FactToolErrors  RouteFact = "tool_errors"
	FactContext     RouteFact = "context_tokens"
	FactCost        RouteFact = "cost_usd"
	FactStay        RouteFact = "turns_on_model"
)

// WorkPhase is how far an agent is with a task, as its tool calls show it.
type WorkPhase string

// The phases.
const (
	WorkExplore WorkPhase = "explore" // no file was changed yet
	WorkEdit    WorkPhase = "edit"    // no tests were run since the last change
	WorkVerify  WorkPhase = "verify"  // tests were run since the last change
)

// Choices returns the phases.
func (WorkPhase) Choices() []string {
	return []string{string(WorkExplore), string(WorkEdit), string(WorkVerify)}
}

// RouteFacts is how an agent stands before a turn.
type RouteFacts struct {
	Turn          int64     `json:"turn"` // that is to come, from 1
	Phase         WorkPhase `json:"phase"`
	LastTool      string    `json:"last_tool,omitempty"` // that was called last
	FailedTests   int64     `json:"failed_tests"`        // runs of tests that failed, in a row
	ToolErrors    int64     `json:"tool_errors"`         // tool calls that went wrong, in a row
	ContextTokens int64     `json:"context_tokens"`      // of the conversation
	Cost          USD       `json:"cost_usd"`            // of the trial so far, estimates included
	Stay          int64     `json:"turns_on_model"`      // that the model of the turn before has taken
}

// number is a fact that is one.
func (f RouteFacts) number(fact RouteFact) int64 {
	switch fact {
	case FactTurn:
		return f.Turn
	case FactFailedTests:
		return f.FailedTests
	case FactToolErrors:
		return f.ToolErrors
	case FactContext:
		return f.ContextTokens
	case FactCost:
		return int64(f.Cost)
	case FactStay:
		return f.Stay
	case FactPhase, FactLastTool:
	}
	return 0
}

// Holds reports whether a condition holds.
func (c RouteCondition) Holds(f RouteFacts) bool {
	switch c.Fact {
	case FactPhase:
		return c.Word == string(f.Phase)
	case FactLastTool:
		return c.Word == f.LastTool
	case FactTurn, FactFailedTests, FactToolErrors, FactContext, FactCost, FactStay:
	}
	return c.Has(f.number(c.Fact))
}

// Covers reports whether the condition holds wherever another does.
func (c RouteCondition) Covers(other RouteCondition) bool {
	return c.Fact == other.Fact && c.Word == other.Word && c.Range.Covers(other.Range)
}

// String writes the condition as the config has it.
func (c RouteCondition) String() string { return string(c.Fact) + ": " + c.Text }

// Holds reports whether all conditions of the rule hold.
func (r RouteRule) Holds(f RouteFacts) bool {
	for _, c := range r.When {
		if !c.Holds(f) {
			return false
		}
	}
	return true
}

// Covers reports whether the rule holds wherever another does.
func (r RouteRule) Covers(other RouteRule) bool {
	for _, c := range r.When {
		covered := false
		for _, o := range other.When {
			covered = covered || c.Covers(o)
		}
		if !covered {
			return false
		}
	}
	return true
}

// String lists the conditions.
func (r RouteRule) String() string {
	all := make([]string, len(r.When))
	for i, c := range r.When {
		all[i] = c.String()
	}
	return strings.Join(all, ", ")
}

// ChosenBy says what chose the model of a turn.
type ChosenBy string

// What chooses.
const (
	ChosenByRule    ChosenBy = "rule"
	ChosenByModel   ChosenBy = "model"   // that was asked
	ChosenByDefault ChosenBy = "default" // as no rule holds, and nobody is asked or chose
)

// RouteChosen is the choice of the model that takes a turn of an agent. It is recorded
// before the turn's first call. An agent that is resumed does not choose again.
type RouteChosen struct {
	Turn   int        `json:"turn"`
	Model  string     `json:"model"` // config name
	By     ChosenBy   `json:"by"`
	Rule   int        `json:"rule,omitempty"` // the number of the one that holds, from 1
	Reason string     `json:"reason"`         // the rule, or what came of asking
	Facts  RouteFacts `json:"facts"`
	// From is the model of the turn before, where that was another one.
	From string `json:"from,omitempty"`
	// ReasoningLost counts what other models thought in the conversation, which this one
	// is not shown, in blocks; of a switch alone.
	ReasoningLost int `json:"reasoning_lost,omitempty"`
}
