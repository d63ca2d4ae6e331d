package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"bench"
	"bench/agent"
)

// Finish is the call that ends an agent's work.
type Finish struct {
	definition agent.Definition
	schema     Schema
}

var _ agent.Tool = (*Finish)(nil)

// NewFinish returns the finish tool of a single or main agent.
func NewFinish() *Finish {
	return newFinish(
		"End the work. Call it once the problem is solved, or when you can get no further. "+
			"Other calls in the same response are completed first.",
		Schema{{
			Name: "message", Type: String, Required: true, NotEmpty: true,
			Description: "What you changed and why, and what is left open, in a few sentences.",
		}})
}

// Reasons are the reasons for which a sidekick may hand its work back.
var Reasons = []bench.Reason{
	bench.ReasonOutOfScope, bench.ReasonAmbiguousIntent, bench.ReasonArchitecture,
	bench.ReasonSecurity, bench.ReasonLowConfidence, bench.ReasonMissingInfo,
	bench.ReasonNeedsWrite,
}

// The outcomes a sidekick can finish with.
const (
	outcomeReport   = "report"
	outcomeEscalate = "escalate"
)

// NewSidekickFinish returns the finish tool of a sidekick. Escalating is
// offered only where the configuration has voluntary escalations.
func NewSidekickFinish(escalate bool) *Finish {
	outcomes := Field{
		Name: "outcome", Type: String, Required: true, Enum: []string{outcomeReport},
		Description: "report: the message is your answer to the brief.",
	}
	schema := Schema{{
		Name: "message", Type: String, Required: true, NotEmpty: true,
		Description: "Your report to the main agent. It sees nothing else of your work.",
	}}
	if !escalate {
		schema = append(schema, outcomes)
		return newFinish("End the work and hand in your report.", append(schema, risk))
	}
	outcomes.Enum = append(outcomes.Enum, outcomeEscalate)
	outcomes.Description += " escalate: you hand the work back; the message says why, and what" +
		" you found until then."
	reason := Field{
		Name: "reason_code", Type: String, Enum: texts(Reasons),
		Description: "Why you hand the work back. Needed with escalate.",
	}
	return newFinish("End the work: hand in your report, or hand the work back.",
		append(schema, outcomes, reason, risk))
}

// texts are the values of an enumeration as a schema has them.
func texts[T ~string](values []T) (all []string) {
	for _, v := range values {
		all = append(all, string(v))
	}
	return all
}

var risk = Field{
	Name: "risk", Type: String, Enum: texts(bench.Risks),
	Description: "How risky it is to rely on your result.",
}

func newFinish(description string, schema Schema) *Finish {
	return &Finish{schema: schema, definition: agent.Definition{
		Name: "finish", Description: description, Parameters: render(schema),
	}}
}

// render encodes a schema; schemas are made of strings and always encode.
func render(s Schema) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("encode schema: %v", err))
	}
	return b
}

type finishArguments struct {
	Message    string       `json:"message"`
	Outcome    string       `json:"outcome"`
	ReasonCode bench.Reason `json:"reason_code"`
	Risk       bench.Risk   `json:"risk"`
}

// Definition implements agent.Tool.
func (f *Finish) Definition() agent.Definition { return f.definition }

// Accept implements agent.Tool.
func (f *Finish) Accept(_ context.Context, call agent.Call) (agent.Work, error) {
	var a finishArguments
	if err := f.schema.Decode(call.Arguments, &a); err != nil {
		return agent.Work{}, err
	}
	escalate := a.Outcome == outcomeEscalate
	if escalate && a.ReasonCode == "" {
		return agent.Work{}, errors.New("reason_code is missing: outcome escalate needs one")
	}
	return agent.Work{Final: &agent.Final{
		Message: a.Message, Escalate: escalate, Reason: a.ReasonCode, Risk: a.Risk,
	}}, nil
}
