package command

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"bench"
	"bench/sandbox"
)

// paths are where in the sandbox a program finds what it needs to know. None
// lies in the work directory, where it would become part of the patch.
type paths struct {
	workdir, instance string
	problem           string // file with the problem statement
	usage             string // file for its model calls; empty: it reports none
	errors            string // file for its standard error, if that is kept apart
}

// errUsagePath marks a usage file that would be part of the patch.
var errUsagePath = errors.New(
	"command.usage lies in the work directory and would be part of the patch")

// prepare writes what the program is told, and makes sure that nothing stands
// where it will report its calls.
func prepare(
	ctx context.Context, box sandbox.Sandbox, t bench.Trial, c bench.Command,
) (paths, error) {
	temp, err := sandbox.TempDir(ctx, box)
	if err != nil {
		return paths{}, err
	}
	dir := temp + "/bench-command"
	p := paths{
		workdir: box.Workdir(), instance: t.Task.InstanceID, problem: dir + "/problem_statement.md",
		errors: dir + "/errors.log",
	}
	problem := []byte(t.Task.ProblemStatement)
	if err := sandbox.WriteFile(ctx, box, p.problem, problem, 0o644); err != nil {
		return paths{}, fmt.Errorf("write problem statement: %w", err)
	}
	switch {
	case c.Usage == "":
		return p, nil
	case path.IsAbs(c.Usage):
		p.usage = path.Clean(c.Usage)
	default:
		p.usage = dir + "/" + c.Usage
	}
	if strings.HasPrefix(p.usage, p.workdir+"/") {
		return paths{}, fmt.Errorf("%s: %w", p.usage, errUsagePath)
	}
	return p, p.clear(ctx, box)
}

// clear makes the directory of the usage file and removes a file that is there.
func (p paths) clear(ctx context.Context, box sandbox.Sandbox) error {
	cmd := sandbox.Shell(`mkdir -p -- "$1" && rm -f -- "$2"`)
	cmd.Args = append(cmd.Args, "sh", path.Dir(p.usage), p.usage)
	res, err := sandbox.Run(ctx, box, cmd, nil)
	if err == nil && res.Code != 0 {
		err = errors.New(lastLine(string(res.Output)))
	}
	if err != nil {
		return fmt.Errorf("make room for %s: %w", p.usage, err)
	}
	return nil
}

// env is how the program is told.
func (p paths) env() []string {
	env := []string{
		"BENCH_PROBLEM_STATEMENT_FILE=" + p.problem, "BENCH_WORKDIR=" + p.workdir,
		"BENCH_INSTANCE_ID=" + p.instance,
	}
	if p.usage != "" {
		env = append(env, "BENCH_USAGE_FILE="+p.usage)
	}
	return env
}

const (
	// usageBytes is how much of a usage file is read.
	usageBytes = 8 << 20
	// noFile is the status with which the reader says that there is none.
	noFile = 3
)

// readUsage returns the usage file; there may be none, and there may be more
// than is read. What the program left there may be anything: only a plain file
// is read, and only so much of it.
func (p paths) readUsage(
	ctx context.Context, box sandbox.Sandbox,
) (text string, found bool, err error) {
	return read(ctx, box, fmt.Sprintf("head -c %d", usageBytes+1), p.usage)
}

// errorBytes is how much is kept of what a program writes to its standard error, from
// the end.
const errorBytes = 64 << 10

// readErrors returns the end of what the program wrote to its standard error, or why it
// cannot be read.
func (p paths) readErrors(ctx context.Context, box sandbox.Sandbox) string {
	text, _, err := read(ctx, box, fmt.Sprintf("tail -c %d", errorBytes), p.errors)
	if err != nil {
		return err.Error()
	}
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\uFFFD"), "\uFFFD")
}

// read returns a part of a file, if there is one.
func read(
	ctx context.Context, box sandbox.Sandbox, part, file string,
) (text string, found bool, err error) {
	cmd := sandbox.Shell(fmt.Sprintf(`[ -f "$1" ] || exit %d; exec %s -- "$1"`, noFile, part))
	cmd.Args = append(cmd.Args, "sh", file)
	res, err := sandbox.Run(ctx, box, cmd, nil)
	switch {
	case err != nil:
		return "", false, fmt.Errorf("read %s: %w", file, err)
	case res.Code == noFile:
		return "", false, nil
	case res.Code != 0:
		return "", false, fmt.Errorf("read %s: %s", file, lastLine(string(res.Output)))
	}
	return string(res.Output), true, nil
}
