package results

import (
	"errors"
	"fmt"
	"slices"

	"bench"
)

// row is an event that is being projected.
type row struct {
	*writer
	bench.Event
	event   int64  // its id
	trial   int64  // 0 for events of the run
	payload string // as JSON
}

// errNoProjection is returned for payloads this file does not know.
var errNoProjection = errors.New("no projection for this event")

// project derives an event's rows. Every payload is named here, also one that
// has none: a new event must not be forgotten.
func (r row) project() error {
	if err := r.belongs(); err != nil {
		return err
	}
	switch p := r.Payload.(type) {
	case bench.RunStarted, bench.WorkspaceDelta:
		return nil // written before the event; log only: the files are part of the delegation, too
	case bench.RunResumed, bench.RunEnded, bench.Image, bench.BaselineNamed, bench.ShardMerged,
		bench.BodiesDropped:
		return r.ofRun()
	case bench.PhaseStarted:
		return r.phase(p)
	case bench.TrialEnded:
		return r.run(endTrial, string(p.Outcome), opt(string(p.Outcome.Blame())), verdict(p.Resolved),
			opt(string(p.Limit)), opt(p.Error), at(r.Time), r.trial)
	case bench.TrialImported:
		return r.trialImported(p)
	case bench.TrialPlaced:
		return r.trialPlaced(p)
	case bench.TrialResumed:
		return r.trialResumed()
	case bench.AgentStarted:
		return r.agentStarted(p)
	case bench.AgentResumed:
		return r.agentResumed(p)
	case bench.AgentEnded:
		return r.one("agent "+r.Agent+" never started", endAgent, string(p.State), opt(string(p.Message)),
			p.Iterations, opt(p.Error), at(r.Time), opt(p.StopReason), r.trial, r.Agent)
	case bench.LLMCallStarted:
		return r.llmCall(p.LLMCall, true)
	case bench.LLMCall:
		return r.llmCall(p, false)
	case bench.ToolCall:
		return r.toolCall(p)
	case bench.RouteChosen:
		return r.routeChosen(p)
	case bench.DelegationSpawned, bench.DelegationStarted, bench.DelegationEnded:
		return r.delegation()
	case bench.BudgetNotice:
		return r.budget(p)
	case bench.WorkspaceFault:
		return r.workspaceFault(p)
	case bench.Patch:
		return r.answer(p)
	case bench.Grade:
		return r.grade(p)
	case bench.Outage:
		return r.outage(p)
	case bench.Notice:
		return r.notice(p)
	}
	return fmt.Errorf("%T: %w", r.Payload, errNoProjection)
}

func (r row) budget(p bench.BudgetNotice) error {
	return r.run(insertBudget, r.event, opt(r.trial), opt(r.Agent), at(r.Time), string(p.Kind),
		string(p.Scope), opt(string(p.Resource)))
}

// delegation derives the rows of what delegations do.
func (r row) delegation() error {
	switch p := r.Payload.(type) {
	case bench.DelegationSpawned:
		return r.delegationSpawned(p)
	case bench.DelegationStarted:
		return r.delegationStarted(p)
	case bench.DelegationEnded:
		return r.delegationEnded(p)
	}
	return errNoProjection
}

func (r row) notice(p bench.Notice) error {
	return r.run(insertNotice, r.event, r.RunID, opt(r.trial), opt(r.Agent), at(r.Time), p.Code,
		p.Text)
}

// belongs refuses events that lack the trial or agent they are about.
func (r row) belongs() error {
	var trial, agent bool
	switch r.Payload.(type) {
	case bench.PhaseStarted, bench.TrialEnded, bench.TrialResumed, bench.TrialImported,
		bench.TrialPlaced, bench.Patch, bench.Grade, bench.Outage:
		trial = true
	case bench.AgentStarted, bench.AgentResumed, bench.AgentEnded, bench.LLMCallStarted,
		bench.LLMCall, bench.ToolCall, bench.RouteChosen,
		bench.DelegationSpawned, bench.DelegationStarted, bench.DelegationEnded, bench.WorkspaceFault:
		trial, agent = true, true
	}
	switch {
	case trial && r.trial == 0:
		return errors.New("the event names no trial")
	case agent && r.Agent == "":
		return errors.New("the event names no agent")
	}
	return nil
}

// run executes a statement.
func (r row) run(text string, args ...any) error {
	_, err := r.exec(text, args...)
	return err
}

// one executes a statement that must find the row it changes.
func (r row) one(missing, text string, args ...any) error {
	res, err := r.exec(text, args...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(errors.New(missing), err)
	}
	return nil
}

func (w *writer) runStarted(e bench.Event, p bench.RunStarted) error {
	limits, err := asJSON(p.Limits)
	if err != nil {
		return err
	}
	var shard bench.Shard
	if p.Shard != nil {
		shard = *p.Shard
	}
	var replay any
	if p.Replay != nil {
		if replay, err = asJSON(p.Replay); err != nil {
			return err
		}
	}
	_, err = w.exec(insertRun, e.RunID, p.Name, p.Version, at(e.Time), string(p.Config),
		p.DatasetSource, p.DatasetFingerprint, p.Seed, p.Rules, p.SandboxKind, p.Workers.Agents,
		p.Workers.Grading, opt(p.Workers.Sidekicks), limits, opt(p.Baseline),
		opt(p.MarginPP), opt(p.MinSaving), opt(string(p.Stop)), p.Simulated, opt(p.Imported), replay,
		opt(shard.Index), opt(shard.Count), opt(shard.Plan), opt(len(shard.Tasks)),
		opt(p.RepetitionOf))
	if err != nil {
		return err
	}
	for i, c := range p.Configurations {
		if err := w.configuration(e.RunID, i, c); err != nil {
			return fmt.Errorf("configuration %s: %w", c.Name, err)
		}
	}
	for i, t := range p.Tasks {
		_, err := w.exec(insertTask, e.RunID, t.InstanceID, i, t.Repo, t.BaseCommit,
			opt(t.Version), string(t.Row))
		if err != nil {
			return fmt.Errorf("task %s: %w", t.InstanceID, err)
		}
	}
	for _, k := range p.Trials {
		if _, err := w.trial(e.RunID, k); err != nil {
			return err
		}
	}
	return nil
}

// runResumed opens the run again; trials that are added get their rows.
func (r row) runResumed(p bench.RunResumed) error {
	limits, err := asJSON(p.Limits)
	if err != nil {
		return err
	}
	err = r.run(resumeRun, p.Version, p.Workers.Agents, p.Workers.Grading, opt(p.Workers.Sidekicks),
		limits, r.RunID)
	if err != nil {
		return err
	}
	for _, k := range p.Trials {
		if _, err := r.writer.trial(r.RunID, k); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) configuration(run string, position int, c bench.Configuration) error {
	settings, err := asJSON(c)
	if err != nil {
		return err
	}
	var sidekick, advisor bench.Model
	if c.Sidekick != nil {
		sidekick = c.Sidekick.Model
	}
	if c.Advisor != nil {
		advisor = c.Advisor.Model
	}
	_, err = w.exec(insertConfiguration, run, c.Name, position, string(c.Kind), c.Main.Name,
		c.Main.Model, opt(sidekick.Name), opt(sidekick.Model), opt(advisor.Name), opt(advisor.Model),
		opt(string(c.Delegation)), opt(string(c.Escalation)), c.Simulated(), settings)
	if err != nil {
		return err
	}
	for _, m := range c.Models() {
		if err := w.price(run, m.Price); err != nil {
			return fmt.Errorf("price %s: %w", m.Price.ID, err)
		}
	}
	return nil
}

// price stores a price. A price id that meant something else before would make
// stored costs impossible to derive again.
func (w *writer) price(run string, p bench.Price) error {
	tiers, err := listed(p.Tiers)
	if err != nil {
		return err
	}
	hours, err := listed(p.Hours)
	if err != nil {
		return err
	}
	var write1h any
	if p.CacheWrite1h > 0 {
		write1h = p.CacheWrite1h.USDPerMillion()
	}
	args := []any{run, p.ID, p.Input.USDPerMillion(), p.CachedInput.USDPerMillion(),
		p.CacheWrite.USDPerMillion(), p.Output.USDPerMillion(), tiers,
		write1h, hours}
	if _, err := w.exec(insertPrice, args...); err != nil {
		return err
	}
	var same int
	if err := w.get(selectPrice, args, &same); err != nil {
		return err
	}
	if same == 0 {
		return errors.New("the id already stands for other rates in this run")
	}
	return nil
}

func (r row) phase(p bench.PhaseStarted) error {
	if err := r.run(startPhase, string(p.Phase), at(r.Time), r.trial); err != nil {
		return err
	}
	return r.run(reopenRun, r.RunID)
}

func (r row) agentStarted(p bench.AgentStarted) error {
	limits, err := asJSON(p.Limits)
	if err != nil {
		return err
	}
	if err := r.run(endDeadTime, at(r.Time), r.trial); err != nil {
		return err
	}
	return r.run(insertAgent, r.trial, r.Agent, opt(p.Parent), string(p.Role), p.Model, p.WireModel,
		opt(p.DelegationID), opt(string(p.SystemPrompt)), opt(string(p.Tools)), limits, at(r.Time))
}

func (r row) toolCall(p bench.ToolCall) error {
	paths, err := listed(pathsOf(p.Touched))
	if err != nil {
		return err
	}
	touched, err := listed(p.Touched)
	if err != nil {
		return err
	}
	var exit any
	if p.ExitCode != nil {
		exit = *p.ExitCode
	}
	var roundTrip any
	if p.RoundTrip > 0 {
		roundTrip = millis(p.RoundTrip)
	}
	err = r.run(dropCutOffTool, r.trial, r.Agent, p.BatchID, p.Index)
	if err != nil {
		return err
	}
	err = r.run(insertToolCall, r.event, r.trial, r.Agent, p.CallID, p.BatchID, p.Index, p.Name,
		opt(string(p.Arguments)), opt(string(p.Result)), millis(p.Queue), millis(p.LockWait),
		at(p.Start), at(p.End), between(p.Start, p.End), exit, p.Bytes, p.Clipped, p.IsError,
		opt(p.ErrorClass), paths, touched, roundTrip, opt(p.Title), opt(p.Permission))
	if err != nil {
		return fmt.Errorf("call %s of agent %s: %w", p.CallID, r.Agent, err)
	}
	return nil
}

func (r row) delegationSpawned(p bench.DelegationSpawned) error {
	limits, err := asJSON(p.Limits)
	if err != nil {
		return err
	}
	err = r.run(insertDelegation, r.trial, p.DelegationID, p.Activation, r.Agent, p.BatchID, p.Index,
		p.BatchSize, p.Background, p.SubagentType, opt(p.Description), opt(string(p.Prompt)),
		limits, at(r.Time))
	if err != nil {
		return fmt.Errorf("delegation %s of agent %s: %w", p.DelegationID, r.Agent, err)
	}
	return r.run(sizeBatch, r.trial, p.BatchID)
}

func (r row) delegationStarted(p bench.DelegationStarted) error {
	return r.one("delegation "+p.DelegationID+" never spawned", startDelegation, p.Child, at(r.Time),
		millis(p.Queue), millis(p.LockWait), millis(p.Prepare), millis(p.Inspect), r.trial,
		p.DelegationID, p.Activation)
}

func (r row) delegationEnded(p bench.DelegationEnded) error {
	files, err := listed(p.ChangedFiles)
	if err != nil {
		return err
	}
	escalation := p.Escalation
	if escalation == "" || p.ProviderFailure() {
		escalation = bench.NotEscalated
	}
	u := p.Usage
	used := []any{p.Turns, u.Input, u.CachedInput, u.CacheWrite, u.Output, u.Reasoning, int64(p.Cost)}
	write1h := any(u.CacheWrite1h)
	if p.Escalation == bench.EscalationUnknown && p.Child == "" { // whose calls nobody has seen
		used, write1h = make([]any, len(used)), nil
	}
	args := slices.Concat([]any{
		opt(p.Child), at(r.Time), string(p.State), string(escalation), opt(string(p.Reason)),
		opt(p.ReasonText), p.SentinelMisplaced, p.Abandoned, opt(string(p.Report)),
		opt(string(p.Patch)), files,
	}, used, []any{
		opt(p.Error), write1h, opt(string(p.Sentinel)), opt(string(p.Risk)), millis(p.Collect),
		millis(p.Remove), r.trial, p.DelegationID, p.Activation,
	})
	return r.one("delegation "+p.DelegationID+" never spawned", endDelegation, args...)
}

func (r row) workspaceFault(p bench.WorkspaceFault) error {
	paths, err := asJSON(p.Paths)
	if err != nil {
		return err
	}
	return r.run(insertFault, r.event, r.trial, string(p.Kind), p.DelegationID, p.Activation,
		opt(p.With), paths, p.Certain)
}

// pathsOf are the files that were touched, each once, in order.
func pathsOf(touched []bench.Touch) []string {
	var paths []string
	for _, t := range touched {
		if !slices.Contains(paths, t.Path) {
			paths = append(paths, t.Path)
		}
	}
	return paths
}

func (r row) grade(p bench.Grade) error {
	flags, err := listed(p.Flags)
	if err != nil {
		return err
	}
	err = r.run(insertGrade, r.trial, p.Rules, p.Status, verdict(p.Resolved), p.PatchApplied, p.Found,
		p.TimedOut, p.ExitCode, millis(p.Duration), len(p.FailToPass.Success),
		len(p.FailToPass.Failure), len(p.PassToPass.Success), len(p.PassToPass.Failure),
		opt(p.InfraReason), flags, opt(string(p.Log)), opt(string(p.Script)), opt(p.Error))
	if err != nil {
		return err
	}
	if err := r.run(deleteTests, r.trial); err != nil {
		return err
	}
	return r.run(insertTests, r.trial, r.payload)
}
