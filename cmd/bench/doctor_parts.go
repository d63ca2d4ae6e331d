package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/internal/machine"
	"bench/llm/probe"
	"bench/results"
	"bench/sandbox"
	"bench/sandbox/engines"
	"bench/sandbox/repo"
)

// Files that may be open at once for a run, beside those of each worker: the database,
// standard streams, connections to the engine; and for each worker: its sandbox, the
// model calls of its agents and the sandboxes of its sidekicks.
const (
	filesOfRun    = 64
	filesOfWorker = 32
)

// The workers of a config that says nothing of them.
const (
	usualAgents  = 4
	usualGrading = 2
)

// of is what was found of a thing.
func of(subject string, checks bench.Checks) examined {
	return examined{Subject: subject, Report: probe.Report{Checks: checks}}
}

// examineMachine looks at what any run needs, in containers.
func examineMachine(ctx context.Context, db string) []examined {
	pool, err := openEngine(ctx)
	return []examined{
		of("machine", machineChecks(usualAgents+usualGrading, false)),
		of("database", databaseChecks(ctx, db)),
		of("sandboxes", sandboxChecks(ctx, pool, err, nil, usualAgents, usualGrading)),
	}
}

// examineConfig looks at what the runs of a config need.
func examineConfig(
	c *cobra.Command, cfg *config.Config, db string, models config.Map[config.Model], ask bool,
) ([]examined, error) {
	ctx := c.Context()
	tasks, err := loadTasks(c, cfg)
	if err != nil {
		return nil, err
	}
	local := cfg.Sandbox.Kind == config.Local
	workers := cfg.Workers.Agents + cfg.Workers.Grading + cfg.Workers.Sidekicks
	all := []examined{
		of("machine", machineChecks(workers, local)),
		of("database", databaseChecks(ctx, db)),
	}
	all = append(all, examineSandboxes(ctx, cfg, c.ErrOrStderr(), tasks.Tasks)...)
	clients := openClients(io.Discard, func(error) {})
	defer clients.Close()
	for _, m := range models {
		found, err := examineModel(ctx, cfg, clients, m, ask)
		if err != nil {
			return nil, fmt.Errorf("model %s: %w", m.Name, err)
		}
		all = append(all, found)
	}
	return all, nil
}

// examineSandboxes looks at the sandboxes of a config: those of each engine, if it names
// any.
func examineSandboxes(
	ctx context.Context, cfg *config.Config, stderr io.Writer, tasks []bench.Task,
) (all []examined) {
	w := cfg.Workers
	if len(cfg.Sandbox.Engines) == 0 {
		pool, err := newPool(ctx, cfg, stderr, func(error) {})
		return []examined{of("sandboxes", sandboxChecks(ctx, pool, err, tasks, w.Agents, w.Grading))}
	}
	list, errs := connectEngines(ctx, cfg, stderr)
	shares := sharesOf(ctx, list, errs, tasks)
	for i, e := range list {
		all = append(all, of("engine "+e.Name,
			sandboxChecks(ctx, e.Pool, errs[i], shares[i], min(e.Max, w.Agents), min(e.Max, w.Grading))))
	}
	return all
}

// sharesOf are the tasks that each engine may run. Where one fits none, or engines do not
// answer, all are everybody's, so that each says what is wrong.
func sharesOf(
	ctx context.Context, list []engines.Engine, errs []error, tasks []bench.Task,
) [][]bench.Task {
	shares := slices.Repeat([][]bench.Task{tasks}, len(list))
	if errors.Join(errs...) != nil {
		return shares
	}
	pool := engines.New(list, engines.Outages{})
	if pool.Fits(ctx, tasks) != nil {
		return shares
	}
	for i := range shares {
		shares[i] = pool.Allowed(i, tasks)
	}
	return shares
}

// machineChecks look at this machine.
func machineChecks(workers int, local bool) (found bench.Checks) {
	machine.OpenFiles(&found, filesFor(workers))
	machine.Directory(&found, temporaryFiles, os.TempDir(), otherTemporary, local)
	path, err := repo.FindGit()
	switch {
	case err == nil:
		found.OK("git", "%s", path)
	case local:
		found.Fail("git", "install it, or name its directory in PATH", "there is none in PATH")
	default:
		found.Warn("git", "install it, or name its directory in PATH",
			"there is none in PATH, and tasks whose repository is made here need it")
	}
	return found
}

// filesFor is how many files a run with so many workers may have open at once.
func filesFor(workers int) uint64 {
	return uint64(filesOfRun + filesOfWorker*workers) //nolint:gosec // a few
}

// What the directory of temporary files is called, and how to use another one.
const (
	temporaryFiles = "temporary files"
	otherTemporary = "export TMPDIR=DIRECTORY"
)

// fitMachine refuses a machine on which every trial would fail, and warns of what is short
// on it.
func fitMachine(cfg *config.Config, stderr io.Writer) error {
	var must, should bench.Checks
	dir := machine.Usable(&must, temporaryFiles, os.TempDir(), otherTemporary,
		cfg.Sandbox.Kind == config.Local)
	for _, c := range must {
		if c.Status == bench.CheckFail {
			return &bench.Failure{
				Status: bench.ExitError, Err: fmt.Errorf("%s: %s", c.Name, c.Text), Hint: c.Remedy,
			}
		}
	}
	machine.OpenFiles(&should, filesFor(cfg.Workers.Agents+cfg.Workers.Grading+cfg.Workers.Sidekicks))
	machine.Room(&should, temporaryFiles, dir, "free some of it, or "+otherTemporary)
	for _, c := range should {
		if c.Status == bench.CheckFail {
			fmt.Fprintf(stderr, "warning: %s: %s: %s\n", c.Name, c.Text, c.Remedy)
		}
	}
	return nil
}

// databaseChecks look at the database of a run, and where it lies, and change nothing.
func databaseChecks(ctx context.Context, path string) (found bench.Checks) {
	const elsewhere = "--db FILE, or results: FILE in the config"
	machine.Directory(&found, "directory", filepath.Dir(path), elsewhere, false)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		found.OK("file", "%s is made by the first run", path)
		return found
	}
	if f, err := os.OpenFile(path, os.O_WRONLY, 0); err != nil {
		found.Fail("file", "make it writable for this user, or use another one: "+elsewhere,
			"%s: it cannot be written to: %v", path, errors.Unwrap(err))
	} else {
		f.Close()
	}
	left := results.LeftOpen(path) && !anyAlive(path)
	if left {
		if err := results.CheckLog(path); err != nil {
			found.Fail("file", hintOf(err), "%v", withoutHint(err))
			return found
		}
	}
	s, err := results.OpenReadOnly(ctx, path)
	switch {
	case errors.Is(err, results.ErrOutdated):
		found.OK("file", "%s was made by an earlier bench, and the next run brings it up to date", path)
		return found
	case err != nil:
		found.Fail("file", cmp.Or(hintOf(err), "use another file: "+elsewhere), "%v", withoutHint(err))
		return found
	}
	defer s.Close()
	if err := s.QuickCheck(ctx); err != nil {
		found.Fail("file", hintOf(err), "%v", withoutHint(err))
		return found
	}
	found.OK("file", "%s is whole", path)
	return found
}

// hintOf is what an error says is to be done about it, and withoutHint the rest of it.
func hintOf(err error) string {
	var f *bench.Failure
	if errors.As(err, &f) {
		return f.Hint
	}
	return ""
}

func withoutHint(err error) error {
	var f *bench.Failure
	if errors.As(err, &f) {
		return f.Err
	}
	return err
}

// sandboxChecks look at a pool, or say why there is none, and close it.
func sandboxChecks(
	ctx context.Context, pool sandbox.Pool, err error, tasks []bench.Task, agents, grading int,
) (found bench.Checks) {
	if err != nil {
		found.Fail("engine", hintOf(err), "%v", withoutHint(err))
		return found
	}
	defer pool.Close()
	if p, ok := pool.(sandbox.Examiner); ok {
		return p.Examine(ctx, tasks, agents, grading)
	}
	found.Warn("isolation", "sandbox.kind: docker", "local sandboxes isolate nothing: what agents "+
		"run, they run on this machine as this user")
	return found
}

// examineModel looks at where a model is served, and asks it if that is wanted.
func examineModel(
	ctx context.Context, cfg *config.Config, c *clients, m config.Named[config.Model], ask bool,
) (examined, error) {
	name, model := m.Name, m.Value
	of := cfg.BenchModel(name)
	e := examined{Subject: "model " + name, Report: probe.Report{
		Model: name, Wire: of.Model, Simulated: of.Simulated,
	}}
	model.OutagePatience = config.Duration(doctorPatience)
	client, err := c.open(name, model)
	if err != nil {
		return e, err
	}
	c.byModel[name] = client
	keyless := model.Key.Reveal() == "" && model.APIKeyEnv != ""
	switch {
	case keyless:
		e.Checks.Fail("key", fmt.Sprintf("export %s=…, in the shell that runs bench", model.APIKeyEnv),
			"the variable %s is not set in the environment, or empty", model.APIKeyEnv)
	case of.Simulated:
		e.Checks.OK("script", "answers come from a file, and cost nothing")
	}
	if !of.Simulated {
		for _, check := range upstream(of, model, client, c.endpoints[name]).Reach(ctx) {
			if !keyless || check.Name != "key" {
				e.Checks = append(e.Checks, check)
			}
		}
	}
	if ask && !e.Checks.Failed() {
		askModel(ctx, cfg, name, c, &e)
	}
	if ctx.Err() != nil {
		return e, context.Cause(ctx)
	}
	return e, nil
}
