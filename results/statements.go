package results

// The statements that write, by what they write.
const (
	insertBody = `INSERT INTO bodies (hash, size, encoding, content) VALUES (?, ?, ?, ?)
		ON CONFLICT DO NOTHING`

	selectLastSeq = `SELECT coalesce(max(seq), 0) FROM events WHERE run_id = ?`

	insertEvent = `INSERT INTO events (run_id, seq, time, type, trial_id, agent_id, payload)
		VALUES (?, ?, ?, ?, ?, ?, ?)`

	// A run that is resumed starts again: it keeps its beginning.
	insertRun = `INSERT INTO runs (run_id, name, version, state, started_at, config, dataset_source,
			dataset_fingerprint, seed, rules, sandbox_kind, agent_workers, grading_workers,
			sidekick_workers, limits, baseline, margin_pp, min_saving, stop, simulated,
			imported, replay, shard, shards, plan, planned_tasks, repetition_of)
		VALUES (?, ?, ?, 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET state = 'running', error = NULL, ended_at = NULL,
			version = excluded.version, agent_workers = excluded.agent_workers,
			grading_workers = excluded.grading_workers,
			sidekick_workers = excluded.sidekick_workers, limits = excluded.limits`

	resumeRun = `UPDATE runs SET state = 'running', error = NULL, ended_at = NULL, version = ?,
		agent_workers = ?, grading_workers = ?, sidekick_workers = ?, limits = ? WHERE run_id = ?`

	insertConfiguration = `INSERT INTO configurations (run_id, configuration, position, kind,
			main_model, main_wire, sidekick_model, sidekick_wire, advisor_model, advisor_wire,
			delegation, escalation, simulated, settings)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`

	insertPrice = `INSERT INTO prices (run_id, price_id, input, cached_input, cache_write, output,
			tiers, cache_write_1h, hours)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`

	// IS compares absent tiers, too.
	selectPrice = `SELECT count(*) FROM prices WHERE run_id = ? AND price_id = ? AND input = ?
		AND cached_input = ? AND cache_write = ? AND output = ? AND tiers IS ?
		AND cache_write_1h IS ? AND hours IS ?`

	insertTask = `INSERT INTO tasks (run_id, instance_id, position, repo, base_commit, version, row)
		VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`

	selectTrial = `SELECT trial_id FROM trials
		WHERE run_id = ? AND configuration = ? AND instance_id = ? AND attempt = ?`

	insertTrial = `INSERT INTO trials (run_id, configuration, instance_id, attempt)
		VALUES (?, ?, ?, ?)`

	insertShard = `INSERT INTO shards (run_id, shard, version, state, error, started_at, ended_at,
			limits, agent_workers, trials, last_seq)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	insertBaseline = `INSERT INTO baselines (event_id, name, run_id, named_at) VALUES (?, ?, ?, ?)`

	endRun = `UPDATE runs SET state = ?, error = ?, ended_at = ? WHERE run_id = ?`

	reopenRun = `UPDATE runs SET state = 'running', error = NULL, ended_at = NULL
		WHERE run_id = ? AND ended_at IS NOT NULL`

	startPhase = `UPDATE trials SET phase = ?1, started_at = coalesce(started_at, ?2),
			solve_started_at = iif(?1 = 'solve', coalesce(solve_started_at, ?2), solve_started_at),
			extract_started_at = CASE ?1 WHEN 'solve' THEN NULL WHEN 'extract' THEN ?2
				ELSE extract_started_at END,
			grade_started_at = iif(?1 = 'grade', ?2, grade_started_at)
		WHERE trial_id = ?3`

	endTrial = `UPDATE trials SET phase = 'done', outcome = ?, blame = ?, resolved = ?,
		limit_resource = ?, error = ?, ended_at = ? WHERE trial_id = ?`

	importTrial = `UPDATE trials SET phase = 'done', outcome = ?, blame = ?, resolved = ?, error = ?,
		ended_at = ?, cost = coalesce(?, 0) WHERE trial_id = ?`

	insertImportedTrial = `INSERT INTO imported_trials (trial_id, cost, wall_ms) VALUES (?, ?, ?)`

	insertImportedRole = `INSERT INTO imported_roles (trial_id, role, model, calls, input,
			cached_input, cache_write, output, cost)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

	// Where no agent had begun, the solve phase is still to come.
	resumeTrial = `UPDATE trials SET phase = 'queued', outcome = NULL, blame = NULL, resolved = NULL,
		limit_resource = NULL, error = NULL, ended_at = NULL,
		solve_started_at = iif(EXISTS (SELECT 1 FROM agents WHERE trial_id = ?1), solve_started_at, NULL)
		WHERE trial_id = ?1`

	chargeTrial = `UPDATE trials SET cost = cost + ?, unreported_cost = unreported_cost + ?
		WHERE trial_id = ?`

	setPatch = `UPDATE trials SET patch = ?, patch_bytes = ?, patch_files = ? WHERE trial_id = ?`

	selectBody = `SELECT size, encoding, content FROM bodies WHERE hash = ?`

	keepSize = `INSERT INTO dropped_bodies (hash, size) SELECT hash, size FROM bodies WHERE hash = ?
		ON CONFLICT DO NOTHING`

	dropBody = `DELETE FROM bodies WHERE hash = ?`

	setBodiesDropped = `UPDATE trials SET bodies_dropped_at = ?
		WHERE run_id = ? AND started_at IS NOT NULL`

	selectHandedBack = `SELECT delegation_id, activation,
			coalesce(settings ->> '$.sidekick.read_only'
				AND settings ->> '$.sidekick.workspace' = 'snapshot', 0),
			b.hash, size, encoding, content
		FROM delegations d JOIN bodies b ON b.hash = d.patch JOIN trials USING (trial_id)
			JOIN configurations USING (run_id, configuration)
		WHERE trial_id = ?`

	setPatchUse = `UPDATE delegations SET patch_use = ?, patch_lines = ?, patch_lines_kept = ?` +
		ofActivation

	insertAgent = `INSERT INTO agents (trial_id, agent_id, parent_agent_id, role, model, wire_model,
			delegation_id, system_prompt, tools, limits, started_at, state)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running')`

	endAgent = `UPDATE agents SET state = ?, message = ?, iterations = ?, error = ?, ended_at = ?,
			stop_reason = ?
		WHERE trial_id = ? AND agent_id = ?`

	resumeAgent = `UPDATE agents SET state = 'running', ended_at = NULL, error = NULL, message = NULL,
			stop_reason = NULL
		WHERE trial_id = ? AND agent_id = ?`

	insertPause = `INSERT INTO pauses (event_id, trial_id, agent_id, from_at, to_at)
		VALUES (?, ?, ?, ?, ?)`

	// When agents of a trial last did something before an event. What is left of
	// something that was cut off (bench.Remains) is nothing that was done, nor is waiting.
	lastDone = `SELECT max(time) FROM events
		WHERE trial_id = ?2 AND agent_id IS NOT NULL AND event_id < ?1 AND NOT CASE type
			WHEN 'llm_call' THEN coalesce(payload ->> '$.cut_off', 0)
			WHEN 'tool_call' THEN coalesce(payload ->> '$.error_class', '') = 'cancelled'
			WHEN 'agent_ended' THEN payload ->> '$.state' = 'cancelled'
			WHEN 'delegation_ended' THEN payload ->> '$.state' = 'cancelled'
				AND coalesce(payload ->> '$.reason', '') <> 'cancelled_by_main'
				AND NOT coalesce(payload ->> '$.abandoned', 0)
			ELSE type = 'outage' END`

	// Of processes that died one after the other before an agent had gone on, the
	// first counts.
	insertDeadTime = `INSERT INTO dead_times (event_id, trial_id, from_at)
		SELECT ?1, ?2, done FROM (SELECT (` + lastDone + `) AS done)
		WHERE done IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM dead_times WHERE trial_id = ?2 AND to_at IS NULL)`

	// What is known of an outage that is not over goes when it is.
	endOutage = `DELETE FROM outages WHERE trial_id = ? AND agent_id IS ? AND to_at IS NULL`

	insertOutage = `INSERT INTO outages (event_id, trial_id, agent_id, from_at, to_at)
		VALUES (?, ?, ?, ?, ?)`

	// A process that died in an outage was last heard of when an agent did something.
	cutOutages = `UPDATE outages SET to_at = max(from_at, coalesce((` + lastDone + `), 0))
		WHERE trial_id = ?2 AND to_at IS NULL`

	endDeadTime = `UPDATE dead_times SET to_at = ? WHERE trial_id = ? AND to_at IS NULL`

	insertStill = `INSERT INTO dead_times (event_id, trial_id, from_at, to_at)
		SELECT ?1, ?2, min(?3, coalesce(min(from_at), ?3)), ?4 FROM dead_times
		WHERE trial_id = ?2 AND to_at >= ?3`

	mergeDeadTimes = `DELETE FROM dead_times WHERE trial_id = ? AND event_id <> ? AND to_at >= ?`

	insertRoute = `INSERT INTO routes (event_id, trial_id, agent_id, turn, model, chosen_by, rule,
			reason, facts, previous_model, reasoning_lost)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	insertCall = `INSERT INTO llm_calls (event_id, trial_id, agent_id, call_id, turn, purpose, model,
			wire_model, served_model, request_id, input, cached_input, cache_write, output, reasoning,
			cost, reported_cost, price_id, reserved, started_at, first_at, ended_at, duration_ms,
			waited_ms, retries, finish_reason, tool_calls, error, unknown_usage, estimated_unknown,
			cache_write_1h, attempts, unreported, cache_unclear, parameters, open,
			source)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
			?, ?, ?, ?, ?, ?, ?)`

	// The row of a call under way goes when more is known of it.
	deleteCall = `DELETE FROM llm_calls WHERE trial_id = ? AND call_id = ? AND open
		RETURNING cost, estimated_unknown`

	// One that was cut off goes when it is made again, and a program when it is run again.
	dropCutOffTool = `DELETE FROM tool_calls WHERE trial_id = ? AND agent_id = ? AND batch_id = ?
		AND batch_index = ? AND (error_class = 'cancelled' OR batch_id = '' AND name = 'command')`

	insertToolCall = `INSERT INTO tool_calls (event_id, trial_id, agent_id, call_id, batch_id,
			batch_index, name, arguments, result, queue_ms, lock_wait_ms, started_at, ended_at,
			duration_ms, exit_code, bytes, clipped, is_error, error_class, paths, touched,
			round_trip_ms, title, permission)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	insertDelegation = `INSERT INTO delegations (trial_id, delegation_id, activation, agent_id,
			batch_id, batch_index, batch_size, background, subagent_type, description, prompt, limits,
			spawned_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	// Refused calls are none of a batch, so it grows with every accepted one.
	sizeBatch = `UPDATE delegations SET batch_size = (SELECT count(*) FROM delegations
			WHERE trial_id = ?1 AND batch_id = ?2)
		WHERE trial_id = ?1 AND batch_id = ?2`

	ofActivation = ` WHERE trial_id = ? AND delegation_id = ? AND activation = ?`

	startDelegation = `UPDATE delegations SET child_agent_id = ?, started_at = ?, queue_ms = ?,
		lock_wait_ms = ?, prepare_ms = ?, inspect_ms = ?` + ofActivation

	endDelegation = `UPDATE delegations SET child_agent_id = coalesce(?, child_agent_id), ended_at = ?,
			outcome = ?, escalation = ?, reason = ?, reason_text = ?, sentinel_misplaced = ?,
			abandoned = ?, report = ?, patch = ?, changed_files = ?, turns = ?, input = ?,
			cached_input = ?, cache_write = ?, output = ?, reasoning = ?, cost = ?, error = ?,
			cache_write_1h = ?, sentinel = ?, risk = ?, collect_ms = ?, remove_ms = ?` +
		ofActivation

	insertFault = `INSERT INTO workspace_faults (event_id, trial_id, kind, delegation_id, activation,
			with_id, paths, certain)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`

	insertBudget = `INSERT INTO budgets (event_id, trial_id, agent_id, time, kind, scope, resource)
		VALUES (?, ?, ?, ?, ?, ?, ?)`

	insertNotice = `INSERT INTO notices (event_id, run_id, trial_id, agent_id, time, code, text)
		VALUES (?, ?, ?, ?, ?, ?, ?)`

	insertImage = `INSERT INTO images (run_id, name, digest) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`

	insertHost = `INSERT INTO hosts (run_id, host, engine, name, os, arch, cpus, memory, kernel,
			engine_version)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`

	placeTrial = `UPDATE trials SET host = ?, grading_host = NULL WHERE trial_id = ?`

	placeGrading = `UPDATE trials SET grading_host = nullif(?, host) WHERE trial_id = ?`

	deleteTests = `DELETE FROM test_results WHERE trial_id = ?`

	// A trial is graded once; if it is judged again, the last grade counts.
	insertGrade = `INSERT INTO grades (trial_id, rules, status, resolved, patch_applied, found,
			timed_out, exit_code, duration_ms, f2p_success, f2p_failure, p2p_success, p2p_failure,
			infra_reason, flags, log, script, error)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET rules = excluded.rules, status = excluded.status,
			resolved = excluded.resolved, patch_applied = excluded.patch_applied,
			found = excluded.found, timed_out = excluded.timed_out,
			exit_code = excluded.exit_code, duration_ms = excluded.duration_ms,
			f2p_success = excluded.f2p_success, f2p_failure = excluded.f2p_failure,
			p2p_success = excluded.p2p_success, p2p_failure = excluded.p2p_failure,
			infra_reason = excluded.infra_reason, flags = excluded.flags, log = excluded.log,
			script = excluded.script, error = excluded.error`

	// The lists are read from the event itself, which saves a statement for
	// each of up to thousands of tests.
	insertTests = `INSERT INTO test_results (trial_id, list, test, status, ok)
		WITH
			lists (list, ok, tests) AS (
				SELECT 'FAIL_TO_PASS', 1, ?2 ->> '$.FAIL_TO_PASS.success' UNION ALL
				SELECT 'FAIL_TO_PASS', 0, ?2 ->> '$.FAIL_TO_PASS.failure' UNION ALL
				SELECT 'PASS_TO_PASS', 1, ?2 ->> '$.PASS_TO_PASS.success' UNION ALL
				SELECT 'PASS_TO_PASS', 0, ?2 ->> '$.PASS_TO_PASS.failure'),
			judged (list, test, ok) AS MATERIALIZED (
				SELECT list, value, ok FROM lists, json_each(lists.tests)),
			seen (test, status) AS MATERIALIZED (
				SELECT value ->> 'test', max(value ->> 'status')
				FROM json_each(?2 ->> '$.tests') GROUP BY 1)
		SELECT ?1, list, judged.test, seen.status, ok
			FROM judged LEFT JOIN seen ON seen.test = judged.test WHERE true
		UNION ALL
		SELECT ?1, 'other', test, status, NULL
			FROM seen WHERE test NOT IN (SELECT test FROM judged)
		ON CONFLICT DO NOTHING`
)
