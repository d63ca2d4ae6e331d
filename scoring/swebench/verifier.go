package swebench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"bench"
	"bench/internal/plainfile"
	"bench/sandbox"
	"bench/sandbox/repo"
	"bench/scoring"
)

// Where Harbor's scripts find what they need, and leave what they found.
const (
	testsDir     = "/tests"
	testScript   = testsDir + "/test.sh"
	solutionDir  = "/solution"
	verifierLogs = "/logs/verifier"
)

// rewardFiles are asked for in this order.
var rewardFiles = []string{"reward.json", "reward.txt"}

// byVerifier judges a patch as Harbor does, but for the sandbox: it is a new one, which
// only the patch has reached.
func (g *Grader) byVerifier(
	ctx context.Context, job scoring.Job, v *bench.Verifier, grade bench.Grade,
) (bench.Grade, []bench.Body, error) {
	if job.Oracle {
		patch, err := g.oracle(ctx, job, v)
		if err != nil {
			return grade, nil, fmt.Errorf("make the gold patch: %w", err)
		}
		job.Patch, grade.Flags = patch, PatchFlags(patch)
	}
	var bodies []bench.Body
	inside := job
	inside.Task = job.Task.InVerifier()
	err := g.inSandbox(ctx, inside, func(box sandbox.Sandbox) (err error) {
		if n, ok := box.(sandbox.NetworkNamer); ok {
			grade.Network = n.Network()
		}
		bodies, err = g.runVerifier(ctx, box, job, v, &grade)
		return err
	})
	if err == nil && g.watched && grade.Resolved != nil && *grade.Resolved {
		grade.Flags = append(grade.Flags, FlagNoCanary)
	}
	return grade, bodies, err
}

// runVerifier hands the patch over and, if it applies, runs the verifier's script.
func (g *Grader) runVerifier(
	ctx context.Context, box sandbox.Sandbox, job scoring.Job, v *bench.Verifier,
	grade *bench.Grade,
) ([]bench.Body, error) {
	if !v.Separate {
		var refused *repo.PatchError
		err := repo.Apply(ctx, box, job.Patch)
		if errors.As(err, &refused) {
			log := bench.Body(markApplyFailed + ":\n" + refused.Message)
			grade.Resolved, grade.Log = new(bool), log.Hash()
			return []bench.Body{log}, nil
		}
		if err != nil {
			return nil, err
		}
	}
	if err := sandbox.WriteFile(ctx, box, v.Patch, []byte(job.Patch), 0o644); err != nil {
		return nil, fmt.Errorf("copy patch: %w", err)
	}
	script, err := putVerifier(ctx, box, v)
	if err != nil {
		return nil, err
	}
	var put time.Time
	if v.Upload {
		if _, put, err = sandbox.ReadChanged(ctx, box, testScript); err != nil {
			return nil, err
		}
	}
	result, err := g.runScript(ctx, box, sandbox.Cmd{
		Args: []string{"/bin/sh", "-c", "rm -rf " + verifierLogs + " && mkdir -p " + verifierLogs +
			" /logs/agent /logs/artifacts && exec " + testScript},
		Env: v.Env, Timeout: g.timeoutOf(job.Task),
	})
	if err != nil {
		return nil, err
	}
	rewards := rewardNotes("none", "")
	if !result.TimedOut {
		if rewards, err = readRewards(ctx, box); err != nil {
			return nil, err
		}
	}
	result.Output = append(result.Output, rewards...)
	bodies := g.judge(job.Task, evalScript{text: script}, result, grade)
	if v.Upload && changed(ctx, box, testScript, script, put) {
		grade.Flags = append(grade.Flags, FlagScriptChanged)
	}
	return bodies, context.Cause(ctx)
}

// putVerifier puts the verifier's script and what is beside it into the sandbox,
// unless they are in its image, and returns its text.
func putVerifier(ctx context.Context, box sandbox.Sandbox, v *bench.Verifier) (string, error) {
	if !v.Upload {
		b, err := sandbox.ReadFile(ctx, box, testScript)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("the verifier's image has no %s", testScript)
		}
		return string(validUTF8(b)), err
	}
	from := filepath.Join(v.Folder, "tests")
	b, err := plainfile.ReadBelow(v.Folder, filepath.Join(from, "test.sh"), sandbox.MaxOutput)
	if err == nil {
		err = putScripts(ctx, box, from, testsDir, testScript)
	}
	if err != nil {
		err = fmt.Errorf("copy tests: %w", err)
	}
	return string(b), err
}

// putScripts copies a directory of a task and makes the script of that name executable.
func putScripts(ctx context.Context, box sandbox.Sandbox, from, dir, script string) error {
	if err := sandbox.PutDir(ctx, box, from, dir); err != nil {
		return err
	}
	chmod := sandbox.Cmd{Args: []string{"chmod", "755", script}, Dir: "/"}
	result, err := sandbox.Run(ctx, box, chmod, nil)
	if err == nil && result.Code != 0 {
		err = fmt.Errorf("%s is not there: %s", script, lastOf(result.Output))
	}
	return err
}

// readRewards returns the last lines of the log.
func readRewards(ctx context.Context, box sandbox.Sandbox) (string, error) {
	for _, name := range rewardFiles {
		b, err := sandbox.ReadFile(ctx, box, verifierLogs+"/"+name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case errors.Is(err, sandbox.ErrLost), ctx.Err() != nil:
			return "", fmt.Errorf("read reward: %w", cmp.Or(context.Cause(ctx), err))
		case err != nil: // a directory, or one without end
			return rewardNotes(name, err.Error()), nil
		}
		return rewardNotes(name, string(b[:min(len(b), maxReward)])), nil
	}
	return rewardNotes("none", ""), nil
}

// oracle returns the patch that a task's own solution makes, in a sandbox as agents have
// it.
func (g *Grader) oracle(
	ctx context.Context, job scoring.Job, v *bench.Verifier,
) (patch string, err error) {
	err = g.inSandboxFor(ctx, job, sandbox.ForAgent, func(box sandbox.Sandbox) error {
		if err := repo.CutTask(ctx, box, job.Task); err != nil {
			return err
		}
		baseline, err := repo.TakeBaseline(ctx, box)
		if err != nil {
			return err
		}
		script := solutionDir + "/solve.sh"
		from := filepath.Join(v.Folder, "solution")
		if err := putScripts(ctx, box, from, solutionDir, script); err != nil {
			return fmt.Errorf("copy solution: %w", err)
		}
		result, err := sandbox.Run(ctx, box, sandbox.Cmd{
			Args: []string{"/bin/sh", "-c", "mkdir -p /logs/agent /logs/artifacts && exec " + script},
			Env:  v.Solution, Timeout: cmp.Or(job.Task.Wall, g.timeout),
		}, nil)
		if err != nil {
			return err
		}
		taken, err := repo.Take(ctx, box, job.Task, baseline)
		if patch = taken.Text; err != nil || strings.TrimSpace(patch) == "" {
			err = fmt.Errorf("solution/solve.sh, which ended with exit status %d, has left no patch: %w",
				result.Code, cmp.Or(err, errors.New(cmp.Or(lastOf(result.Output), "it printed nothing"))))
		}
		return err
	})
	return patch, err
}
