package results

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"bench"
)

// llmCall writes what is known of a call, which is open until it has ended, in
// place of what was known before.
func (r row) llmCall(p bench.LLMCall, open bool) error {
	var cost, estimated int64
	err := r.get(deleteCall, []any{r.trial, p.CallID}, &cost, &estimated)
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		err = r.insertCall(p, open)
	}
	if err != nil {
		return fmt.Errorf("call %s of agent %s: %w", p.CallID, r.Agent, err)
	}
	return r.run(chargeTrial, int64(p.Cost)-cost, int64(p.EstimatedUnknown)-estimated, r.trial)
}

func (r row) insertCall(p bench.LLMCall, open bool) error {
	var reported any
	if p.ReportedCost != nil {
		reported = int64(*p.ReportedCost)
	}
	attempts, err := listed(p.Attempts)
	if err != nil {
		return err
	}
	unreported, err := listed(p.Unreported)
	if err != nil {
		return err
	}
	parameters, err := json.Marshal(p.Parameters)
	if err != nil {
		return fmt.Errorf("encode parameters: %w", err)
	}
	u := p.Usage
	return r.run(insertCall, r.event, r.trial, r.Agent, p.CallID, p.Turn, string(p.Purpose), p.Model,
		p.WireModel, opt(p.ServedModel), opt(p.RequestID), u.Input, u.CachedInput, u.CacheWrite,
		u.Output, u.Reasoning, int64(p.Cost), reported, p.PriceID, int64(p.Reserved), at(p.Start),
		at(p.First), at(p.End), between(p.Start, p.End), millis(p.Waited), p.Retries,
		opt(p.FinishReason), p.ToolCalls, opt(p.Error), p.UnknownUsage, int64(p.EstimatedUnknown),
		u.CacheWrite1h, attempts, unreported, p.CacheUnclear, string(parameters), open,
		opt(string(p.Source)))
}

// Billed are the attempts that reported something.
func (c Call) Billed() []bench.Attempt {
	return bench.Billed(c.Attempts,
		bench.Attempt{Usage: c.Usage, ReportedCost: c.ReportedCost, Start: c.Start})
}

// CostAt is what the call costs at a price.
func (c Call) CostAt(p bench.Price) bench.USD { return bench.CostOf(c.Billed(), p) }
