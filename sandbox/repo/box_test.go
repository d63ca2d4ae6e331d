package repo_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"bench/sandbox"
)

// box is the least a sandbox can be: commands of this machine in a directory.
type box struct {
	dir   string
	env   []string
	shell []string // instead of /bin/sh
}

var _ sandbox.Sandbox = box{}

func (b box) Workdir() string { return b.dir }

func (b box) Close(context.Context) error { return nil }

func (b box) CopyIn(context.Context, string, io.Reader) error {
	return errors.New("not needed here")
}

func (b box) CopyOut(context.Context, string) (io.ReadCloser, error) {
	return nil, errors.New("not needed here")
}

func (b box) Start(ctx context.Context, cmd sandbox.Cmd) (sandbox.Process, error) {
	args := cmd.Args
	if b.shell != nil && args[0] == "/bin/sh" {
		args = append(slices.Clone(b.shell), args[1:]...)
	}
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Dir = b.dir
	c.Env = append(append(os.Environ(), b.env...), cmd.Env...)
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c.Stdout, c.Stderr = w, w
	p := &process{cmd: c, Reader: r, start: time.Now()}
	if cmd.Stdin {
		if p.WriteCloser, err = c.StdinPipe(); err != nil {
			return nil, err
		}
	}
	defer w.Close()
	return p, c.Start()
}

type process struct {
	io.Reader
	io.WriteCloser
	cmd   *exec.Cmd
	start time.Time
}

func (p *process) Write(b []byte) (int, error) {
	if p.WriteCloser == nil {
		return 0, io.ErrClosedPipe
	}
	return p.WriteCloser.Write(b)
}

func (p *process) CloseInput() error   { return p.Close() }
func (p *process) Signal(string) error { return errors.New("not needed here") }
func (p *process) Kill() error         { return p.cmd.Process.Kill() }

func (p *process) Wait() (sandbox.Exit, error) {
	err := p.cmd.Wait()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = nil
	}
	return sandbox.Exit{Code: p.cmd.ProcessState.ExitCode(), Duration: time.Since(p.start)}, err
}

// sh runs a script as an agent would and returns its output.
func sh(t testing.TB, dir, script string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-c", "set -e\n"+script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a",
		"GIT_COMMITTER_EMAIL=a@b", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_DATE=2020-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2020-01-01T00:00:00Z")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return string(out)
}
