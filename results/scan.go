package results

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"bench"
)

// The statements that read rows of a trial, each beside the function that
// scans what it returns.

const selectTrials = `SELECT t.trial_id, t.run_id, t.configuration, t.instance_id, t.attempt,
		k.repo, t.phase, coalesce(t.outcome, ''), coalesce(t.blame, ''), t.resolved,
		coalesce(t.limit_resource, ''), coalesce(t.error, ''), coalesce(t.started_at, 0),
		coalesce(t.solve_started_at, 0), coalesce(t.extract_started_at, 0),
		coalesce(t.grade_started_at, 0), coalesce(t.ended_at, 0), t.cost, t.unreported_cost,
		coalesce(t.patch, ''), t.patch_bytes IS NOT NULL,
		coalesce(t.patch_bytes, 0), coalesce(t.patch_files, 0), coalesce(t.host, ''),
		coalesce(t.grading_host, ''), coalesce(t.bodies_dropped_at, 0)
	FROM trials t JOIN tasks k USING (run_id, instance_id)`

const trialsOfRun = " WHERE t.run_id = ? ORDER BY trial_id"

func scanTrial(rows *sql.Rows) (t Trial, err error) {
	var times [6]int64
	err = rows.Scan(&t.ID, &t.RunID, &t.Key.Configuration, &t.Key.InstanceID, &t.Key.Attempt, &t.Repo,
		&t.Phase, &t.Outcome, &t.Blame, &t.Resolved, &t.Limit, &t.Error, &times[0], &times[1],
		&times[2], &times[3], &times[4], &t.Cost, &t.Unreported,
		&t.Patch, &t.HasPatch, &t.PatchBytes, &t.PatchFiles, &t.Host, &t.GradingHost,
		&times[5])
	t.StartedAt, t.SolveAt, t.ExtractAt = moment(times[0]), moment(times[1]), moment(times[2])
	t.GradeAt, t.EndedAt, t.BodiesDroppedAt = moment(times[3]), moment(times[4]), moment(times[5])
	return t, err
}

const selectAgents = `SELECT trial_id, agent_id, coalesce(parent_agent_id, ''), role, model,
		wire_model, coalesce(delegation_id, ''), coalesce(system_prompt, ''), coalesce(tools, ''), limits,
		started_at, coalesce(ended_at, 0), state, coalesce(iterations, 0), coalesce(message, ''),
		coalesce(error, ''), coalesce(stop_reason, '')
	FROM agents`

func scanAgent(rows *sql.Rows) (a Agent, err error) {
	var started, ended int64
	var limits string
	err = rows.Scan(&a.Trial, &a.ID, &a.Parent, &a.Role, &a.Model, &a.WireModel, &a.Delegation,
		&a.SystemPrompt, &a.Tools, &limits, &started, &ended, &a.State, &a.Iterations, &a.Message,
		&a.Error, &a.StopReason)
	if err != nil {
		return a, err
	}
	a.StartedAt, a.EndedAt = moment(started), moment(ended)
	err = json.Unmarshal([]byte(limits), &a.Limits)
	return a, err
}

const selectCalls = `SELECT trial_id, agent_id, call_id, turn, purpose, model, wire_model,
		coalesce(served_model, ''), input, cached_input, cache_write, output, reasoning, cost,
		reported_cost, price_id, coalesce(started_at, 0), coalesce(ended_at, 0),
		coalesce(duration_ms, 0.0), waited_ms, retries, coalesce(finish_reason, ''), tool_calls,
		coalesce(error, ''), unknown_usage, estimated_unknown, cache_write_1h,
		coalesce(attempts, 'null'), coalesce(unreported, 'null'), cache_unclear,
		coalesce(parameters, '{}'), open, coalesce(source, '')
	FROM llm_calls`

// selectChanged are the ids of the calls of a trial whose answers go back changed.
const selectChanged = `SELECT payload ->> '$.call_id' FROM events
	WHERE trial_id = ? AND type = 'llm_call' AND payload ->> '$.original' <> ''
		AND coalesce(payload ->> '$.error', '') = ''`

func scanText(rows *sql.Rows) (s string, err error) { return s, rows.Scan(&s) }

func scanCall(rows *sql.Rows) (c Call, err error) {
	var start, end int64
	var duration, waited float64
	var reported sql.NullInt64
	var attempts, unreported, parameters string
	u := &c.Usage
	err = rows.Scan(&c.Trial, &c.Agent, &c.ID, &c.Turn, &c.Purpose, &c.Model, &c.WireModel,
		&c.ServedModel, &u.Input, &u.CachedInput, &u.CacheWrite, &u.Output, &u.Reasoning, &c.Cost,
		&reported, &c.PriceID, &start, &end, &duration, &waited, &c.Retries, &c.FinishReason,
		&c.ToolCalls, &c.Error, &c.UnknownUsage, &c.EstimatedUnknown,
		&u.CacheWrite1h, &attempts, &unreported, &c.CacheUnclear, &parameters, &c.Open,
		&c.Source)
	if err != nil {
		return c, err
	}
	c.Start, c.End, c.Duration, c.Waited = moment(start), moment(end), span(duration), span(waited)
	if reported.Valid {
		c.ReportedCost = (*bench.USD)(&reported.Int64)
	}
	if err = json.Unmarshal([]byte(parameters), &c.Parameters); err != nil {
		return c, fmt.Errorf("decode parameters: %w", err)
	}
	if c.Attempts, err = attemptsOf(attempts); err != nil {
		return c, err
	}
	c.Unreported, err = attemptsOf(unreported)
	return c, err
}

// attemptsOf decodes a list of attempts. Few calls have one.
func attemptsOf(text string) (list []bench.Attempt, err error) {
	if text == "null" {
		return nil, nil
	}
	err = json.Unmarshal([]byte(text), &list)
	return list, err
}

const selectToolCalls = `SELECT trial_id, agent_id, call_id, batch_id, batch_index, name,
		coalesce(arguments, ''), coalesce(result, ''), queue_ms, lock_wait_ms,
		coalesce(started_at, 0), coalesce(ended_at, 0), coalesce(duration_ms, 0.0), exit_code, bytes,
		clipped, is_error, coalesce(error_class, ''), coalesce(touched, 'null'),
		coalesce(round_trip_ms, 0.0),
		coalesce(title, ''), coalesce(permission, '')
	FROM tool_calls`

func scanToolCall(rows *sql.Rows) (c ToolCall, err error) {
	var start, end int64
	var queue, lock, duration, roundTrip float64
	var touched string
	err = rows.Scan(&c.Trial, &c.Agent, &c.ID, &c.BatchID, &c.Index, &c.Name, &c.Arguments, &c.Result,
		&queue, &lock, &start, &end, &duration, &c.ExitCode, &c.Bytes, &c.Clipped, &c.IsError,
		&c.ErrorClass, &touched, &roundTrip, &c.Title, &c.Permission)
	if err != nil {
		return c, err
	}
	c.Queue, c.LockWait, c.Duration = span(queue), span(lock), span(duration)
	c.RoundTrip = span(roundTrip)
	c.Start, c.End = moment(start), moment(end)
	err = json.Unmarshal([]byte(touched), &c.Touched)
	return c, err
}

const selectDelegations = `SELECT trial_id, delegation_id, activation, background, agent_id,
		coalesce(child_agent_id, ''), batch_id, batch_index, batch_size, subagent_type,
		coalesce(description, ''),
		coalesce(prompt, ''), spawned_at, coalesce(started_at, 0), coalesce(ended_at, 0),
		coalesce(queue_ms, 0.0), coalesce(lock_wait_ms, 0.0), coalesce(prepare_ms, 0.0),
		coalesce(outcome, ''), escalation, coalesce(reason, ''), coalesce(reason_text, ''),
		sentinel_misplaced, abandoned, coalesce(report, ''),
		coalesce(patch, ''), coalesce(changed_files, ''), coalesce(turns, 0), coalesce(input, 0),
		coalesce(cached_input, 0), coalesce(cache_write, 0), coalesce(output, 0),
		coalesce(reasoning, 0), coalesce(cost, 0), coalesce(error, ''),
		coalesce(cache_write_1h, 0),
		coalesce((SELECT size FROM bodies WHERE hash = prompt),
			(SELECT size FROM dropped_bodies WHERE hash = prompt), 0),
		coalesce((SELECT size FROM bodies WHERE hash = report),
			(SELECT size FROM dropped_bodies WHERE hash = report), 0), coalesce(sentinel, ''),
		coalesce(risk, ''), coalesce(inspect_ms, 0.0), coalesce(collect_ms, 0.0),
		coalesce(remove_ms, 0.0), coalesce(patch_use, ''), coalesce(patch_lines, 0),
		coalesce(patch_lines_kept, 0)
	FROM delegations`

func scanDelegation(rows *sql.Rows) (d Delegation, err error) {
	var spawned, started, ended int64
	var queue, lock, inspect, prepare, collect, remove float64
	var files string
	u := &d.Usage
	err = rows.Scan(&d.Trial, &d.ID, &d.Activation, &d.Background, &d.Agent, &d.Child, &d.BatchID,
		&d.Index, &d.BatchSize, &d.SubagentType, &d.Description, &d.Prompt, &spawned, &started, &ended,
		&queue, &lock, &prepare, &d.State, &d.Escalation, &d.Reason, &d.ReasonText,
		&d.SentinelMisplaced, &d.Abandoned, &d.Report, &d.Patch, &files,
		&d.Turns, &u.Input, &u.CachedInput, &u.CacheWrite, &u.Output, &u.Reasoning, &d.Cost,
		&d.Error, &u.CacheWrite1h, &d.PromptBytes, &d.ReportBytes, &d.Sentinel, &d.Risk, &inspect,
		&collect, &remove, &d.PatchUse, &d.PatchLines, &d.PatchLinesKept)
	if err != nil {
		return d, err
	}
	d.SpawnedAt, d.StartedAt, d.EndedAt = moment(spawned), moment(started), moment(ended)
	d.Queue, d.LockWait, d.Inspect = span(queue), span(lock), span(inspect)
	d.Prepare, d.Collect, d.Remove = span(prepare), span(collect), span(remove)
	d.ChangedFiles, err = texts(files)
	return d, err
}

const selectPauses = `SELECT trial_id, agent_id, from_at, to_at FROM (
	SELECT event_id, trial_id, agent_id, from_at, to_at FROM pauses
	UNION ALL
	SELECT event_id, trial_id, '', from_at, to_at FROM dead_times WHERE to_at IS NOT NULL)`

func scanPause(rows *sql.Rows) (p Pause, err error) {
	var from, to int64
	err = rows.Scan(&p.Trial, &p.Agent, &from, &to)
	p.From, p.To = moment(from), moment(to)
	return p, err
}

const selectOutages = `SELECT trial_id, coalesce(agent_id, ''), from_at, coalesce(to_at, 0)
	FROM outages`

func scanOutage(rows *sql.Rows) (o Outage, err error) {
	var from, to int64
	err = rows.Scan(&o.Trial, &o.Agent, &from, &to)
	o.From, o.To = moment(from), moment(to)
	return o, err
}

const selectFaults = `SELECT trial_id, kind, delegation_id, activation, coalesce(with_id, ''),
		paths, certain
	FROM workspace_faults`

func scanFault(rows *sql.Rows) (f WorkspaceFault, err error) {
	var paths string
	err = rows.Scan(&f.Trial, &f.Kind, &f.DelegationID, &f.Activation, &f.With, &paths, &f.Certain)
	var bad error
	f.Paths, bad = texts(paths)
	return f, errors.Join(err, bad)
}

const selectMarks = `SELECT trial_id, coalesce(agent_id, ''), time, kind FROM budgets`

func scanMark(rows *sql.Rows) (m BudgetMark, err error) {
	var at int64
	err = rows.Scan(&m.Trial, &m.Agent, &at, &m.Kind)
	m.Time = moment(at)
	return m, err
}

const selectPrices = `SELECT price_id, input, cached_input, cache_write, output,
		coalesce(tiers, 'null'), coalesce(cache_write_1h, 0.0), coalesce(hours, 'null')
	FROM prices WHERE run_id = ?`

func scanPrice(rows *sql.Rows) (p bench.Price, err error) {
	var input, cached, write, output, write1h float64
	var tiers, hours string
	if err := rows.Scan(&p.ID, &input, &cached, &write, &output, &tiers, &write1h,
		&hours); err != nil {
		return p, err
	}
	p.Rates = bench.Rates{
		Input: bench.PerMillion(input), CachedInput: bench.PerMillion(cached),
		CacheWrite: bench.PerMillion(write), Output: bench.PerMillion(output),
		CacheWrite1h: bench.PerMillion(write1h),
	}
	if err := json.Unmarshal([]byte(tiers), &p.Tiers); err != nil {
		return p, err
	}
	err = json.Unmarshal([]byte(hours), &p.Hours)
	return p, err
}

const selectGrade = `SELECT rules, status, resolved, patch_applied, found, timed_out, exit_code,
		duration_ms, f2p_success, f2p_failure, p2p_success, p2p_failure, coalesce(infra_reason, ''),
		coalesce(flags, ''), coalesce(log, ''), coalesce(script, ''), coalesce(error, '')
	FROM grades WHERE trial_id = ?`

func scanGrade(rows *sql.Rows) (g Grade, err error) {
	var duration float64
	var flags string
	err = rows.Scan(&g.Rules, &g.Status, &g.Resolved, &g.PatchApplied, &g.Found, &g.TimedOut,
		&g.ExitCode, &duration, &g.F2PSuccess, &g.F2PFailure, &g.P2PSuccess, &g.P2PFailure,
		&g.InfraReason, &flags, &g.Log, &g.Script, &g.Error)
	g.Duration = span(duration)
	var bad error
	g.Flags, bad = texts(flags)
	return g, errors.Join(err, bad)
}

const selectFlags = `SELECT trial_id, j.value FROM grades, json_each(grades.flags) j`

func scanFlag(rows *sql.Rows) (f Flag, err error) {
	err = rows.Scan(&f.Trial, &f.Name)
	return f, err
}

const selectNotices = `SELECT trial_id, code FROM notices`

func scanNotice(rows *sql.Rows) (n Notice, err error) {
	err = rows.Scan(&n.Trial, &n.Code)
	return n, err
}

const selectTests = `SELECT list, test, coalesce(status, ''), ok FROM test_results
	WHERE trial_id = ? ORDER BY list, test`

func scanTest(rows *sql.Rows) (t TestResult, err error) {
	err = rows.Scan(&t.List, &t.Test, &t.Status, &t.OK)
	return t, err
}

const selectImages = `SELECT name, digest FROM images WHERE run_id = ? ORDER BY name, digest`

const selectImage = `SELECT payload ->> 'name', payload ->> 'digest' FROM events
	WHERE trial_id = ? AND type = 'image' ORDER BY seq DESC LIMIT 1`

func scanImage(rows *sql.Rows) (i bench.Image, err error) {
	err = rows.Scan(&i.Name, &i.Digest)
	return i, err
}

const selectNotes = `SELECT time, agent_id, code, text FROM (
		SELECT event_id, time, coalesce(agent_id, '') AS agent_id, code, text FROM notices
			WHERE trial_id = ?1
		UNION ALL
		SELECT event_id, time, coalesce(agent_id, ''), 'budget_' || kind,
			scope || coalesce(' ' || resource, '') FROM budgets WHERE trial_id = ?1)
	ORDER BY event_id`

func scanNote(rows *sql.Rows) (n Note, err error) {
	var at int64
	err = rows.Scan(&at, &n.Agent, &n.Code, &n.Text)
	n.Time = moment(at)
	return n, err
}

// texts decodes a JSON array of strings; the empty text is none.
func texts(s string) (out []string, err error) {
	if s == "" {
		return nil, nil
	}
	err = json.Unmarshal([]byte(s), &out)
	return out, err
}
