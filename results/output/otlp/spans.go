package otlp

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"bench"
	"bench/results"
)

// tracer makes the spans of one trial, which is a trace.
type tracer struct {
	results.Detail
	trace string
	spans []span
}

// id is a number of so many bytes that follows from what it is of: the same trial has
// the same ids whenever it is written.
func id(bytes int, of ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(of, "\x00")))
	return hex.EncodeToString(sum[:bytes])
}

func spansOf(d results.Detail) []span {
	t := tracer{Detail: d, trace: id(16, d.Run.ID, d.Trial.Key.String())}
	if d.Trial.StartedAt.IsZero() {
		return nil // it is still in the queue
	}
	t.trial()
	t.phases()
	for _, a := range d.Agents {
		t.agent(a)
	}
	for _, c := range d.ToolCalls {
		t.tool(c)
	}
	for _, w := range d.Delegations {
		t.delegation(w)
	}
	for _, c := range d.Calls {
		t.call(c)
	}
	return t.spans
}

// add adds a span that has begun. One that has not ended ends where it begins, as
// spans without an end are not allowed, and says so.
func (t *tracer) add(s span, from, to time.Time) {
	if from.IsZero() {
		return
	}
	if to.IsZero() {
		s.Attributes.yes("bench.open", true)
	}
	if to.Before(from) {
		to = from
	}
	s.TraceID, s.Start, s.End = t.trace, nanos(from), nanos(to)
	t.spans = append(t.spans, s)
}

// of is the id of a span of the trace.
func (t *tracer) of(parts ...string) string { return id(8, append([]string{t.trace}, parts...)...) }

// trial adds the root of the trace.
func (t *tracer) trial() {
	r := t.Trial
	var a attributes
	a.text("bench.run.id", t.Run.ID)
	a.text("bench.configuration", r.Key.Configuration)
	a.text("bench.kind", string(t.Configuration.Kind))
	a.text("bench.instance_id", r.Key.InstanceID)
	a.count("bench.attempt", int64(r.Key.Attempt))
	a.text("bench.outcome", string(r.Outcome))
	a.text("bench.blame", string(r.Blame))
	if r.Resolved != nil {
		a.yes("bench.resolved", *r.Resolved)
	}
	a.dollars("bench.cost_usd", r.Cost)
	if r.Unreported > 0 {
		a.dollars("bench.unreported_cost_usd", r.Unreported)
	}
	a.yes("bench.simulated", t.Configuration.Simulated())
	if h := t.Host; h != nil {
		a.text("bench.engine", h.Engine)
		a.text("host.name", h.Name)
		a.text("host.arch", h.Arch)
	}
	s := span{SpanID: t.of(), Name: "trial " + r.Key.String(), Kind: internal, Attributes: a}
	if r.Blame == bench.BlameInfra {
		s.Status = &status{r.Error, failed}
	}
	t.add(s, r.StartedAt, r.EndedAt)
}

// phases adds the steps of the trial that have begun.
func (t *tracer) phases() {
	r := t.Trial
	marks := []struct {
		phase bench.Phase
		at    time.Time
	}{
		{bench.PhasePrepare, r.StartedAt}, {bench.PhaseSolve, r.SolveAt},
		{bench.PhaseExtract, r.ExtractAt}, {bench.PhaseGrade, r.GradeAt},
	}
	for i, m := range marks {
		to := r.EndedAt
		for _, next := range marks[i+1:] {
			if !next.at.IsZero() {
				to = next.at
				break
			}
		}
		t.add(span{
			SpanID: t.of("phase", string(m.phase)), ParentID: t.of(), Name: string(m.phase),
			Kind: internal,
		}, m.at, to)
	}
}

// agent adds an agent's work. A sidekick's is in its first activation, that of others
// in the phase in which agents work.
func (t *tracer) agent(a results.Agent) {
	var at attributes
	at.text("gen_ai.operation.name", "invoke_agent")
	at.text("gen_ai.agent.id", a.ID)
	at.text("gen_ai.agent.name", string(a.Role))
	at.text("gen_ai.provider.name", t.provider(a.Model))
	at.text("gen_ai.request.model", a.WireModel)
	at.text("bench.state", string(a.State))
	if a.StopReason != "" {
		at.text("bench.stop_reason", a.StopReason)
	}
	parent := t.of("phase", string(bench.PhaseSolve))
	i := slices.IndexFunc(t.Delegations, func(d results.Delegation) bool { return d.Child == a.ID })
	switch {
	case i >= 0:
		parent = t.activation(t.Delegations[i])
	case a.Parent != "":
		parent = t.of("agent", a.Parent)
	}
	s := span{
		SpanID: t.of("agent", a.ID), ParentID: parent, Name: "invoke_agent " + string(a.Role),
		Kind: internal, Attributes: at,
	}
	if a.Error != "" {
		s.fail(a.Error, string(a.State))
	}
	t.add(s, a.StartedAt, a.EndedAt)
}

func (t *tracer) activation(d results.Delegation) string {
	return t.of("delegation", d.ID, fmt.Sprint(d.Activation))
}

// delegation adds an activation of a sidekick, in the call that asked for it.
func (t *tracer) delegation(d results.Delegation) {
	var a attributes
	a.text("bench.delegation.id", d.ID)
	a.count("bench.delegation.activation", int64(d.Activation))
	a.text("bench.delegation.description", d.Description)
	a.text("bench.delegation.state", string(d.State))
	a.text("bench.delegation.escalation", string(d.Escalation))
	a.text("bench.delegation.reason", string(d.Reason))
	a.number("bench.queue_s", d.Queue.Seconds())
	if !d.EndedAt.IsZero() {
		a.dollars("bench.cost_usd", d.Cost)
	}
	parent := t.of("agent", d.Agent)
	for _, c := range t.ToolCalls {
		if c.Agent == d.Agent && c.BatchID == d.BatchID && c.Index == d.Index {
			parent = t.of("tool", c.Agent, c.ID)
			break
		}
	}
	s := span{
		SpanID: t.activation(d), ParentID: parent, Kind: internal, Attributes: a,
		Name: fmt.Sprintf("delegation %s/%d", d.ID, d.Activation),
	}
	if d.Error != "" {
		s.fail(d.Error, string(d.State))
	}
	t.add(s, d.SpawnedAt, d.EndedAt)
}

// tool adds a tool call.
func (t *tracer) tool(c results.ToolCall) {
	var a attributes
	a.text("gen_ai.operation.name", "execute_tool")
	a.text("gen_ai.tool.name", c.Name)
	a.text("gen_ai.tool.type", "function")
	a.text("gen_ai.tool.call.id", c.ID)
	a.text("bench.batch_id", c.BatchID)
	if c.Title != "" {
		a.text("bench.title", c.Title)
	}
	if c.Permission != "" {
		a.text("bench.permission", c.Permission)
	}
	if c.ExitCode != nil {
		a.count("bench.exit_code", int64(*c.ExitCode))
	}
	s := span{
		SpanID: t.of("tool", c.Agent, c.ID), ParentID: t.of("agent", c.Agent),
		Name: "execute_tool " + c.Name, Kind: internal, Attributes: a,
	}
	if c.IsError {
		s.fail("", c.ErrorClass)
	}
	t.add(s, c.Start, ended(c.Start, c.End, c.Duration))
}

// call adds a model call. What went wrong before its last attempt is in no span, but
// in the counts of retries and the time that was waited.
func (t *tracer) call(c results.Call) {
	var a attributes
	a.text("gen_ai.operation.name", "chat")
	a.text("gen_ai.provider.name", t.provider(c.Model))
	a.text("gen_ai.request.model", c.WireModel)
	a.text("gen_ai.response.model", c.ServedModel)
	a.texts("gen_ai.response.finish_reasons", c.FinishReason)
	parameters(&a, c.Parameters)
	if !c.Open {
		usage(&a, c)
	}
	a.text("bench.model", c.Model)
	a.count("bench.turn", int64(c.Turn))
	a.text("bench.purpose", string(c.Purpose))
	a.some("bench.retries", int64(c.Retries))
	a.number("bench.waited_s", c.Waited.Seconds())
	s := span{
		SpanID: t.of("call", c.Agent, c.ID), ParentID: t.of("agent", c.Agent),
		Name: "chat " + c.WireModel, Kind: client, Attributes: a,
	}
	if c.Error != "" {
		s.fail(c.Error, "_OTHER")
	}
	t.add(s, c.Start, ended(c.Start, c.End, c.Duration))
}

// usage adds what a call used, and cost. Input includes what came from a cache or went
// into one, and output the reasoning, as the conventions have it.
func usage(a *attributes, c results.Call) {
	a.count("gen_ai.usage.input_tokens", c.Usage.Input)
	a.count("gen_ai.usage.output_tokens", c.Usage.Output)
	a.some("gen_ai.usage.cache_read.input_tokens", c.Usage.CachedInput)
	a.some("gen_ai.usage.cache_creation.input_tokens", c.Usage.CacheWrite)
	a.some("gen_ai.usage.reasoning.output_tokens", c.Usage.Reasoning)
	a.dollars("bench.cost_usd", c.Cost)
	a.text("bench.price_id", c.PriceID)
}

func parameters(a *attributes, p bench.Parameters) {
	a.some("gen_ai.request.max_tokens", p.MaxOutputTokens)
	if p.Temperature != nil {
		a.number("gen_ai.request.temperature", *p.Temperature)
	}
	if p.TopP != nil {
		a.number("gen_ai.request.top_p", *p.TopP)
	}
	if p.Seed != nil {
		a.count("gen_ai.request.seed", int64(*p.Seed))
	}
}

// ended is when something ended, to the nanosecond where its length is known.
func ended(start, end time.Time, length time.Duration) time.Time {
	if end.IsZero() || length == 0 {
		return end
	}
	return start.Add(length)
}

// fail marks a span, with what kind of failure it was.
func (s *span) fail(message, kind string) {
	s.Status = &status{message, failed}
	s.Attributes.text("error.type", kind)
}

// provider is that of a model of the configuration, by its name in the config.
func (t *tracer) provider(name string) string {
	for _, m := range t.Configuration.Models() {
		if m.Name == name {
			return m.Provider
		}
	}
	return ""
}
