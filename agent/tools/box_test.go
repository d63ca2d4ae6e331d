package tools_test

import (
	"archive/tar"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bench/sandbox"
)

// dirBox is a directory and process groups: as much of a sandbox as the tools
// need.
type dirBox struct{ dir string }

func newBox(t testing.TB) *dirBox {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &dirBox{dir}
}

func (b *dirBox) Workdir() string { return b.dir }

func (b *dirBox) Start(ctx context.Context, c sandbox.Cmd) (sandbox.Process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	cmd := exec.Command(c.Args[0], c.Args[1:]...)
	cmd.Dir, cmd.Env = b.dir, append(os.Environ(), append(c.Env, "TMPDIR="+b.dir+"/.tmp", "HOME="+b.dir)...)
	if c.Dir != "" {
		cmd.Dir = c.Dir
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = w, w
	p := &dirProc{cmd: cmd, out: r, start: time.Now()}
	if c.Stdin {
		if p.in, err = cmd.StdinPipe(); err != nil {
			return nil, err
		}
	}
	err = cmd.Start()
	w.Close()
	if err != nil {
		return nil, err
	}
	p.stop = context.AfterFunc(ctx, func() { _ = p.Kill() })
	return p, nil
}

func (b *dirBox) CopyIn(_ context.Context, dir string, r io.Reader) error {
	tr := tar.NewReader(r)
	for {
		h, err := tr.Next()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		data, err := io.ReadAll(tr)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, h.Name), data, os.FileMode(h.Mode)); err != nil {
			return err
		}
	}
}

func (b *dirBox) CopyOut(context.Context, string) (io.ReadCloser, error) {
	panic("not used by the tools")
}

func (b *dirBox) Close(context.Context) error { return nil }

type dirProc struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *os.File
	start time.Time
	stop  func() bool
}

func (p *dirProc) Read(b []byte) (int, error)  { return p.out.Read(b) }
func (p *dirProc) Write(b []byte) (int, error) { return p.in.Write(b) }
func (p *dirProc) CloseInput() error           { return p.in.Close() }

func (p *dirProc) Signal(name string) error {
	n := map[string]syscall.Signal{
		"INT": syscall.SIGINT, "QUIT": syscall.SIGQUIT, "KILL": syscall.SIGKILL,
	}[name]
	return syscall.Kill(-p.cmd.Process.Pid, n)
}

func (p *dirProc) Kill() error { return p.Signal("KILL") }

func (p *dirProc) Wait() (sandbox.Exit, error) {
	_ = p.cmd.Wait()
	p.stop()
	p.out.Close()
	s := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	code := s.ExitStatus()
	if s.Signaled() {
		code = 128 + int(s.Signal())
	}
	return sandbox.Exit{Code: code, Duration: time.Since(p.start)}, nil
}

// alive reports whether a process runs whose command line contains word.
func alive(word string) bool {
	dirs, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, d := range dirs {
		b, _ := os.ReadFile(d)
		if pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(d))); pid != os.Getpid() &&
			strings.Contains(strings.ReplaceAll(string(b), "\x00", " "), word) {
			return true
		}
	}
	return false
}
