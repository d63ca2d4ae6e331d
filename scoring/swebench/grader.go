package swebench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"bench"
	"bench/sandbox"
	"bench/scoring"
)

// DefaultTimeout bounds an evaluation script, as in the official harness.
const DefaultTimeout = 30 * time.Minute

// closeTimeout bounds the removal of a sandbox, which a cancelled run still
// carries out.
const closeTimeout = time.Minute

// Options say how a Grader judges. The zero value is V5 with DefaultTimeout.
type Options struct {
	Rules   Rules
	Timeout time.Duration // of the evaluation script, and of each attempt to apply the patch
	// Canary has patches that resolve their task evaluated once more, with a test that
	// must fail. It adds flags and leaves verdicts alone.
	Canary bool
}

// Grader judges patches by the official procedure. It is safe for concurrent
// use.
type Grader struct {
	pool    sandbox.Pool
	rules   Rules
	timeout time.Duration
	watched bool // with canaries
}

var _ scoring.Grader = (*Grader)(nil)

// New returns a grader that makes its sandboxes with pool.
func New(pool sandbox.Pool, o Options) *Grader {
	g := &Grader{pool: pool, rules: o.Rules, timeout: o.Timeout, watched: o.Canary}
	if g.rules == "" {
		g.rules = V5
	}
	if g.timeout <= 0 {
		g.timeout = DefaultTimeout
	}
	return g
}

// Grade implements scoring.Grader.
// The bodies are the log and the script, and the log of the canary if there was one.
func (g *Grader) Grade(
	ctx context.Context, job scoring.Job,
) (grade bench.Grade, bodies []bench.Body, err error) {
	g = g.forTask(job.Task)
	grade = bench.Grade{
		Rules: string(g.rules), Status: "NO", Flags: PatchFlags(job.Patch),
		FailToPass: emptyVerdicts(), PassToPass: emptyVerdicts(),
	}
	if job.Patch == "" && !job.EvenEmpty {
		grade.Resolved = new(bool)
		return grade, nil, nil
	}
	if err := lacks(job.Task); err != nil {
		return grade, nil, err
	}
	if v := job.Task.Verifier(); v != nil {
		grade, bodies, err = g.byVerifier(ctx, job, v, grade)
		if err != nil {
			err = fmt.Errorf("grade %s: %w", job.Task.InstanceID, err)
		}
		return grade, bodies, err
	}
	if _, _, err := parserOf(job.Task, g.rules); err != nil {
		return grade, nil, err
	}
	err = g.inSandbox(ctx, job, func(box sandbox.Sandbox) error {
		if n, ok := box.(sandbox.NetworkNamer); ok {
			grade.Network = n.Network()
		}
		bodies, err = g.run(ctx, box, job, &grade)
		return err
	})
	if err == nil && g.watched && grade.Resolved != nil && *grade.Resolved {
		var log bench.Body
		if log, err = g.watch(ctx, job, &grade); log != nil {
			bodies = append(bodies, log)
		}
	}
	if err != nil {
		return grade, bodies, fmt.Errorf("grade %s: %w", job.Task.InstanceID, err)
	}
	return grade, bodies, nil
}

// inSandbox lets f use a new sandbox.
func (g *Grader) inSandbox(
	ctx context.Context, job scoring.Job, f func(sandbox.Sandbox) error,
) error {
	return g.inSandboxFor(ctx, job, sandbox.ForGrading, f)
}

func (g *Grader) inSandboxFor(
	ctx context.Context, job scoring.Job, purpose sandbox.Purpose, f func(sandbox.Sandbox) error,
) error {
	box, err := g.pool.Create(ctx, sandbox.Spec{
		RunID: job.RunID, Trial: job.Trial, Purpose: purpose, Task: job.Task,
	})
	if err != nil {
		return err
	}
	err = f(box)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	if e := box.Close(ctx); e != nil && err == nil {
		err = fmt.Errorf("close sandbox: %w", e)
	}
	return err
}

// run applies the patch and, if that works, runs and judges the tests.
func (g *Grader) run(
	ctx context.Context, box sandbox.Sandbox, job scoring.Job, grade *bench.Grade,
) ([]bench.Body, error) {
	files := filesFor(box.Workdir())
	script, err := g.script(job.Task, box.Workdir())
	if err != nil {
		return nil, err
	}
	if err := g.before(ctx, box, job.Task); err != nil {
		return nil, err
	}
	applied, output, err := g.apply(ctx, box, files.patch, job)
	if err != nil {
		return nil, err
	}
	if !applied {
		log := bench.Body(markApplyFailed + ":\n" + decode(output))
		grade.Resolved, grade.Log = new(bool), log.Hash()
		return []bench.Body{log}, nil
	}
	grade.PatchApplied = true
	if !slices.Contains(grade.Flags, FlagUnread) && others(job.Patch, decode(output)) {
		grade.Flags = append(grade.Flags, FlagUnread)
	}
	at, err := putScript(ctx, box, files.script, script.text)
	if err != nil {
		return nil, err
	}
	result, err := g.test(ctx, box, files.script, script, g.timeoutOf(job.Task))
	if err != nil {
		return nil, err
	}
	bodies := g.judge(job.Task, script, result, grade)
	if changed(ctx, box, files.script, script.text, at) {
		grade.Flags = append(grade.Flags, FlagScriptChanged)
	}
	return bodies, context.Cause(ctx)
}

// script is the evaluation script and the shell it is for.
func (g *Grader) script(task bench.Task, workdir string) (evalScript, error) {
	if task.TestCommand != "" && task.EvalScript == "" {
		return evalScript{"/bin/sh", TestScript(task, workdir)}, nil
	}
	if j := task.Judging; j != nil && j.Rule != "" { // its harness asks for no exit status
		return evalScript{"/bin/bash", task.EvalScript}, nil
	}
	text, err := EvalScript(task, g.rules)
	return evalScript{"/bin/bash", text}, err
}

type evalScript struct{ shell, text string }

// files are where the patch and the script are put.
type files struct{ patch, script string }

// filesFor returns the official places for the official workdir. Elsewhere,
// where the root may be that of the machine, the files lie beside the workdir
// under its name, so that two sandboxes never share one.
func filesFor(workdir string) files {
	if workdir == officialWorkdir {
		return files{"/tmp/patch.diff", "/eval.sh"}
	}
	workdir = path.Clean(workdir)
	return files{workdir + ".patch.diff", workdir + ".eval.sh"}
}

// putScript puts a script into a sandbox, and says when, by the sandbox's clock.
func putScript(
	ctx context.Context, box sandbox.Sandbox, name, text string,
) (at time.Time, err error) {
	if err = sandbox.WriteFile(ctx, box, name, []byte(text), 0o755); err == nil {
		_, at, err = sandbox.ReadChanged(ctx, box, name)
	}
	if err != nil {
		err = fmt.Errorf("copy script: %w", err)
	}
	return at, err
}

// test runs the script. A script that outlives its time is no error: what it
// printed is kept, with the harness's note below. So it is with one that is
// killed because it writes too much.
func (g *Grader) test(
	ctx context.Context, box sandbox.Sandbox, name string, script evalScript, timeout time.Duration,
) (sandbox.Result, error) {
	return g.runScript(ctx, box, sandbox.Cmd{Args: []string{script.shell, name}, Timeout: timeout})
}

// runScript runs a command as test does.
func (g *Grader) runScript(
	ctx context.Context, box sandbox.Sandbox, cmd sandbox.Cmd,
) (sandbox.Result, error) {
	within, stop := sandbox.WithinDisk(ctx, box)
	defer stop()
	result, err := sandbox.Run(within, box, cmd, nil)
	var limit *bench.LimitError // of the sandbox's disk: the limits of trials are not for grading
	flooded, filled := errors.Is(err, sandbox.ErrOutput), errors.As(err, &limit)
	if (err == nil || flooded) && ctx.Err() != nil {
		err = context.Cause(ctx) // what was printed so far proves nothing
	} else if flooded || filled {
		err = nil
	}
	if err != nil {
		return result, fmt.Errorf("run script: %w", err)
	}
	if g.rules != V4 || flooded || filled { // which may end within a character
		result.Output = validUTF8(result.Output)
	}
	switch {
	case filled:
		result.Output = append(result.Output, diskNote...)
	case flooded:
		result.Output = append(result.Output, outputNote...)
	case result.TimedOut:
		note := fmt.Sprintf("\n\nTimeout error: %d seconds exceeded.", int(cmd.Timeout.Seconds()))
		result.Output = append(result.Output, note...)
	}
	return result, nil
}

// changed reports whether a script is not what it was, or was another one meanwhile. A shell
// reads its script as it goes, so that tests can rewrite what is to come, and put it back. Of
// a sandbox that is lost nothing is known.
func changed(
	ctx context.Context, box sandbox.Sandbox, name, text string, at time.Time,
) bool {
	after, now, err := sandbox.ReadChanged(ctx, box, name)
	if errors.Is(err, sandbox.ErrLost) || ctx.Err() != nil {
		return false
	}
	return err != nil || string(after) != text || !now.Equal(at)
}

// outputNote ends the log of a script that was killed because it wrote too much.
var outputNote = fmt.Sprintf("\n\nOutput error: %d bytes exceeded.", sandbox.MaxOutput)

// diskNote ends the log of a script that was killed because its sandbox took more disk
// than it may.
const diskNote = "\n\nDisk error: the limit of the sandbox is exceeded."

// judge fills the grade from the script's output. A parser's fault stays in the
// grade, which then has no verdict; so does a timeout.
func (g *Grader) judge(
	task bench.Task, script evalScript, result sandbox.Result, grade *bench.Grade,
) []bench.Body {
	log, text := bench.Body(validUTF8(result.Output)), bench.Body(script.text)
	flags := grade.Flags
	if result.TimedOut {
		grade.TimedOut = true
		if g.rules == V5 {
			grade.InfraReason, _ = InfraReason(log)
		}
	} else {
		decoded, network := decode(result.Output), grade.Network
		marks := findMarks(decoded)
		*grade, _ = judge(task, g.rules, result.Output, decoded, marks) // it repeats the error
		grade.PatchApplied, grade.Network = true, network
		grade.Flags = append(flags, grade.Flags...)
		grade.Flags = append(grade.Flags, scriptFlags(script.text, marks, result.Code)...)
		if bytes.HasSuffix(log, []byte(outputNote)) ||
			bytes.HasSuffix(log, []byte(diskNote)) { // whatever passed until then
			grade.Resolved = new(bool)
		}
	}
	grade.ExitCode, grade.Duration = result.Code, result.Duration
	grade.Log, grade.Script = log.Hash(), text.Hash()
	return []bench.Body{log, text}
}

// applyCommands are tried in this order; the first that succeeds has applied
// the patch.
func applyCommands(rules Rules) []string {
	if rules == V4 {
		return []string{
			"git apply --verbose",
			"git apply --verbose --reject",
			"patch --batch --fuzz=5 -p1 -i",
		}
	}
	return []string{
		"git apply --verbose",
		"git apply --verbose --3way",
		"git apply --verbose --reject",
		"patch --batch --forward --fuzz=5 -p1 -i",
	}
}

// apply copies the patch verbatim and applies it. Under version 5 the tree is
// cleaned before every further attempt, and a patch that can be reversed counts
// as applied; commands of a dataset's own know neither. The output is that of
// the last attempt.
func (g *Grader) apply(
	ctx context.Context, box sandbox.Sandbox, name string, job scoring.Job,
) (applied bool, output []byte, err error) {
	patch, commands, own := job.Patch, applyCommands(g.rules), false
	if j := job.Task.Judging; j != nil {
		if j.StripBinary {
			patch = withoutBinary(patch)
		}
		if own = len(j.Apply) > 0; own {
			commands = j.Apply
		}
	}
	official := !own && g.rules != V4
	if patch == "" {
		return true, nil, nil
	}
	if err := sandbox.WriteFile(ctx, box, name, []byte(patch), 0o644); err != nil {
		return false, nil, fmt.Errorf("copy patch: %w", err)
	}
	run := func(command string) (bool, error) {
		cmd := sandbox.Shell(command)
		cmd.Timeout = g.timeout
		r, err := sandbox.Run(ctx, box, cmd, nil)
		output = r.Output
		if errors.Is(err, sandbox.ErrOutput) {
			return false, nil
		}
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return false, fmt.Errorf("apply patch: %w", err)
		}
		return r.Code == 0 && !r.TimedOut, nil
	}
	for i, command := range commands {
		if i > 0 && official {
			if _, err := run("git checkout -- . ; git clean -fd"); err != nil {
				return false, nil, err
			}
		}
		if ok, err := run(command + " " + quote(name)); ok || err != nil {
			return ok, output, err
		}
	}
	if !official {
		return false, output, nil
	}
	failed := output
	ok, err := run("git apply --check --reverse " + quote(name))
	return ok, failed, err
}
