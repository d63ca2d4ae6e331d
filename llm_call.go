package bench

import "time"

// Purpose says what a model call was for.
type Purpose string

// The purposes.
const (
	PurposeAgent  Purpose = "agent"
	PurposeWrapUp Purpose = "wrap_up"
	PurposeProbe  Purpose = "probe" // the conversation cut short, to see why it was refused
	// PurposeAside is a call beside an agent's conversation, such as one of somebody
	// else's program for a title, or one that asks for the model of a turn. Its messages
	// are all of its own and no part of the agent's conversation.
	PurposeAside Purpose = "aside"
)

// MessageRef is one message of an agent's conversation.
type MessageRef struct {
	Index int      `json:"index"`
	Role  string   `json:"role"`
	Body  BodyHash `json:"body"`
}

// LLMCall is one finished model call, successful or not, retries included.
type LLMCall struct {
	CallID       string  `json:"call_id"`
	Turn         int     `json:"turn"` // of the agent, from 1
	Purpose      Purpose `json:"purpose"`
	Model        string  `json:"model"`      // config name
	WireModel    string  `json:"wire_model"` // as requested
	ServedModel  string  `json:"served_model,omitempty"`
	RequestID    string  `json:"request_id,omitempty"`
	Usage        Usage   `json:"usage"`
	Cost         USD     `json:"cost"`
	ReportedCost *USD    `json:"reported_cost,omitempty"` // as the provider says
	PriceID      string  `json:"price_id"`
	// Attempts are those that reported a usage, where there were several; each is
	// priced by itself. With none, Usage is that of the only one.
	Attempts     []Attempt     `json:"attempts,omitempty"`
	Reserved     USD           `json:"reserved"` // held in the budgets before the call
	Start        time.Time     `json:"start"`    // of the last attempt
	First        time.Time     `json:"first"`    // first token of the response
	End          time.Time     `json:"end"`
	Waited       time.Duration `json:"waited"` // limits, back-off and failures before Start
	Retries      int           `json:"retries"`
	FinishReason string        `json:"finish_reason,omitempty"` // in the provider's word
	Finish       string        `json:"finish,omitempty"`        // as llm.Finish
	ToolCalls    int           `json:"tool_calls"`              // asked for in the response
	// Messages are those added to the conversation since the previous call,
	// the response last. Conversation folds them.
	Messages []MessageRef `json:"messages,omitempty"`
	// Original is the response as the provider sent it, where the message that
	// goes back had to differ from it, or what it had said before it broke off.
	Original BodyHash `json:"original,omitempty"`
	// Lost is what attempts had said that broke off, or were of no use, and were
	// made again.
	Lost  []BodyHash `json:"lost,omitempty"`
	Error string     `json:"error,omitempty"`
	// CutOff: the call was stopped from outside, or its process ended. It is no
	// iteration: an agent that is resumed makes it again.
	CutOff bool `json:"cut_off,omitempty"`
	// UnknownUsage counts attempts the provider may have billed without saying
	// what they used (an answer without usage, one cut off, a call cancelled).
	// Unreported is an estimate of what each of them used beyond what it reported,
	// EstimatedUnknown of what that costs. Neither is part of Usage and Cost,
	// which are lower bounds then; budgets are charged with both.
	UnknownUsage     int       `json:"unknown_usage,omitempty"`
	EstimatedUnknown USD       `json:"estimated_unknown,omitempty"`
	Unreported       []Attempt `json:"unreported,omitempty"`
	// CacheUnclear: the answer does not say whether the tokens read from the cache
	// are part of its input; they were counted as a part of it.
	CacheUnclear bool `json:"cache_unclear,omitempty"`
	// Parameters are those that were sent.
	Parameters Parameters `json:"parameters,omitzero"`
	// Source is where the answer came from, if no model gave it now.
	Source CallSource `json:"source,omitempty"`
}

// LLMCallStarted is a model call under way. It is recorded before each attempt is
// sent, and when one has failed and is to be tried again. It is the LLMCall that
// takes its place if the process dies now: cut off, and with an estimate of what
// the attempt may be billed for. The latest one of a call counts, until the
// LLMCall of the same id is recorded.
type LLMCallStarted struct{ LLMCall }

// Parameters are what a request says beside its messages and tools. What is
// left out was the provider's to choose.
type Parameters struct {
	// MaxOutputTokens is the model's bound, or less where a budget or the context
	// window had no more left.
	MaxOutputTokens int64    `json:"max_output_tokens,omitempty"`
	Temperature     *float64 `json:"temperature,omitempty"`
	TopP            *float64 `json:"top_p,omitempty"`
	ReasoningEffort string   `json:"reasoning_effort,omitempty"`
	Seed            *int     `json:"seed,omitempty"`
	ToolChoice      string   `json:"tool_choice,omitempty"`
}

// Billed are the attempts that reported something.
func (c LLMCall) Billed() []Attempt {
	return Billed(c.Attempts, Attempt{Usage: c.Usage, ReportedCost: c.ReportedCost, Start: c.Start})
}

// CostAt is what the call costs at a price.
func (c LLMCall) CostAt(p Price) USD { return CostOf(c.Billed(), p) }

// Amount is what the call drew from budgets, estimates included. A wrap-up call, a
// probe and one that was cut off are no iterations.
func (c LLMCall) Amount() Amount {
	a := Amount{
		Cost: c.Cost + c.EstimatedUnknown, Earlier: c.Earlier(), Tokens: c.Usage.Tokens(),
	}
	for _, u := range c.Unreported {
		a.Tokens += u.Usage.Tokens()
	}
	switch c.Purpose {
	case PurposeAgent, PurposeAside, "":
		if !c.CutOff {
			a.Iterations = 1
		}
	case PurposeWrapUp, PurposeProbe:
	}
	return a
}
