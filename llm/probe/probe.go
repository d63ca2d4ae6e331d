// Package probe finds out what a model can do with two cheap calls: whether it
// is there, calls tools, several at once, takes back what it said, reports its
// usage, and caches.
package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bench"
	"bench/llm"
)

// Report is what is known of a model after its two calls.
type Report struct {
	Model string `json:"model,omitempty"` // name in the config
	Wire  string `json:"wire_model,omitempty"`
	// Simulated: the answers come from a script.
	Simulated bool         `json:"simulated"`
	Checks    bench.Checks `json:"checks"`
	Cost      bench.USD    `json:"cost_usd"` // of the calls, by the config's price
}

func (r *Report) add(name string, s bench.CheckStatus, format string, a ...any) {
	r.Checks = append(r.Checks, bench.Check{Name: name, Status: s, Text: fmt.Sprintf(format, a...)})
}

const toolName = "report_word"

// tools offers the one tool of the probe.
var tools = json.RawMessage(`[{"type":"function","function":{"name":"` + toolName + `",` +
	`"description":"Reports one word.","parameters":{"type":"object","properties":` +
	`{"word":{"type":"string","description":"The word to report."}},"required":["word"]}}}]`)

// system is long enough for every provider's prompt cache: the largest known
// minimum is 4,096 tokens (docs.claude.com/en/docs/build-with-claude/prompt-caching).
var system = "You are checked by a program. Answer briefly. " +
	"The lines that follow only fill the prompt.\n" +
	filler()

func filler() string {
	var b strings.Builder
	for i := range 320 {
		fmt.Fprintf(&b, "Line %d says nothing that matters to the task at all.\n", i+1)
	}
	return b.String()
}

const question = "Call the tool " + toolName + " twice in this one response, in parallel: " +
	"once with the word alpha, once with the word beta. When you have both results, " +
	"answer with the single word done."

// maxOutput bounds an answer; thinking counts.
const maxOutput = 4096

// Run makes the two calls. It never fails: what goes wrong is in the report.
func Run(ctx context.Context, client llm.Client, m bench.Model) Report {
	r := Report{Model: m.Name, Wire: m.Model, Simulated: m.Simulated}
	req := llm.NewRequest(m)
	req.Tools = tools
	if req.MaxOutputTokens <= 0 || req.MaxOutputTokens > maxOutput {
		req.MaxOutputTokens = maxOutput
	}
	req.Speaker = llm.Speaker{Role: bench.RoleSingle, Agent: "doctor", Turn: 1}
	req.Messages = []*llm.Message{llm.System(system), llm.User(question)}
	first, err := client.Complete(ctx, req)
	r.Cost = first.Cost(m.Price)
	if err != nil {
		r.refused("answers", err)
		return r
	}
	r.answered(first)
	r.called(first)
	r.used(first)
	req.Messages, req.Speaker.Turn = append(req.Messages, results(first)...), 2
	second, err := client.Complete(ctx, req)
	r.Cost += second.Cost(m.Price)
	if err != nil {
		r.refused("takes back its answer", err)
		return r
	}
	r.echoed(first)
	r.cached(second)
	r.priced(m, first, second)
	r.served(m, first)
	return r
}

// results is the answer and what its calls came to.
func results(resp llm.Response) []*llm.Message {
	all := []*llm.Message{resp.Message}
	for _, c := range resp.Message.ToolCalls {
		all = append(all, llm.Observation(c.ID, "reported"))
	}
	if len(resp.Message.ToolCalls) == 0 {
		all = append(all, llm.User("Answer with the single word done."))
	}
	return all
}

// refused says what to do about a call that failed.
func (r *Report) refused(what string, err error) {
	if r.Simulated {
		r.add(what, bench.CheckWarn, "its script has no answer to the doctor: %v", err)
		return
	}
	hint := ""
	switch {
	case errors.Is(err, llm.ErrHopeless):
		hint = ": check the key, the balance and the model's name"
	case errors.Is(err, llm.ErrContextOverflow):
		hint = ": the model's context window is too small for coding tasks"
	case errors.Is(err, llm.ErrRefused):
		hint = ": the provider refuses this kind of request; see docs/models.md for what it needs"
	}
	r.add(what, bench.CheckFail, "%v%s", err, hint)
}

func (r *Report) answered(resp llm.Response) {
	took := resp.End.Sub(resp.Start).Round(10 * time.Millisecond)
	if resp.First.IsZero() || !resp.First.Before(resp.End) {
		r.add("answers", bench.CheckOK, "after %s", took)
		return
	}
	r.add("answers", bench.CheckOK, "first token after %s, all after %s",
		resp.First.Sub(resp.Start).Round(10*time.Millisecond), took)
}

// called looks at the tool calls that were asked for.
func (r *Report) called(resp llm.Response) {
	calls := resp.Message.ToolCalls
	good := 0
	for _, c := range calls {
		var args struct{ Word string }
		if c.Name == toolName && json.Unmarshal([]byte(c.Arguments), &args) == nil && args.Word != "" {
			good++
		}
	}
	switch {
	case len(calls) == 0:
		r.add("tools", bench.CheckFail, "it was asked to call a tool and did not (it finished with %q)",
			resp.FinishReason)
		return
	case good < len(calls):
		r.add("tools", bench.CheckWarn, "%d of %d calls could not be used: wrong name or arguments",
			len(calls)-good, len(calls))
	default:
		r.add("tools", bench.CheckOK, "it calls them, with valid arguments")
	}
	if len(calls) > 1 {
		r.add("parallel calls", bench.CheckOK, "%d in one response", len(calls))
	} else {
		r.add("parallel calls", bench.CheckWarn, "one in a response where two were asked for: "+
			"as a main agent it would hand out tasks one after the other")
	}
}

func (r *Report) used(resp llm.Response) {
	if resp.UnknownUsage > 0 || resp.Usage.Tokens() == 0 {
		r.add("usage", bench.CheckFail, "the answer has no usage report: costs would be estimates, "+
			"and no cost verdict possible")
		return
	}
	r.add("usage", bench.CheckOK, "%d tokens in, %d out, %d of them thoughts",
		resp.Usage.Input, resp.Usage.Output, resp.Usage.Reasoning)
}

// echoed names what the provider wants back beside text and calls.
func (r *Report) echoed(resp llm.Response) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(resp.Message.Extra, &fields) != nil || len(fields) == 0 {
		r.add("takes back its answer", bench.CheckOK, "text and tool calls; it hands out no reasoning")
		return
	}
	names := slices.Sorted(maps.Keys(fields))
	r.add("takes back its answer", bench.CheckOK, "with %s", strings.Join(names, ", "))
}

func (r *Report) cached(resp llm.Response) {
	if resp.Usage.CachedInput > 0 {
		r.add("prompt cache", bench.CheckOK, "%d of %d input tokens of the second call were cached",
			resp.Usage.CachedInput, resp.Usage.Input)
		return
	}
	r.add("prompt cache", bench.CheckWarn, "the second call read nothing from a cache: "+
		"try cache: markers, or pin one provider of a router")
}

func (r *Report) priced(m bench.Model, calls ...llm.Response) {
	var said bench.USD
	known := false
	for _, c := range calls {
		if c.ReportedCost != nil {
			said, known = said+*c.ReportedCost, true
		}
	}
	switch {
	case !known:
		r.add("price", bench.CheckOK, "%s by %s", r.Cost, m.Price.ID)
	case differs(said, r.Cost):
		r.add("price", bench.CheckWarn, "%s by %s, but the provider says %s: check the price", r.Cost,
			m.Price.ID, said)
	default:
		r.add("price", bench.CheckOK, "%s by %s, as the provider says", r.Cost, m.Price.ID)
	}
}

// differs reports whether two amounts are more than two percent apart.
func differs(a, b bench.USD) bool {
	d := max(a, b) - min(a, b)
	return d*50 > max(a, b)
}

func (r *Report) served(m bench.Model, resp llm.Response) {
	switch {
	case resp.ServedModel == "":
		r.add("served model", bench.CheckWarn, "the answer does not say which model it is from")
	case !bench.SameModel(m.Model, resp.ServedModel):
		r.add("served model", bench.CheckWarn, "%s was asked for, %s answers", m.Model, resp.ServedModel)
	default:
		r.add("served model", bench.CheckOK, "%s", resp.ServedModel)
	}
}
