package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"bench/internal/machine"
	"bench/sandbox"
	"bench/sandbox/helper"
)

// closeTime bounds the helper's end, which kills whatever runs.
const closeTime = 30 * time.Second

// box is a sandbox: a directory and a helper process.
type box struct {
	dir    string
	client *helper.Client
	cmd    *exec.Cmd
	exited chan struct{} // closed when the helper is gone

	once sync.Once
	err  error // of Close
}

var (
	_ sandbox.Sandbox  = (*box)(nil)
	_ sandbox.Aliased  = (*box)(nil)
	_ sandbox.Reaching = (*box)(nil)
)

// open starts a helper for dir.
func open(ctx context.Context, dir, program string) (*box, error) {
	cmd := exec.Command(program, helper.Arg)
	cmd.Dir = filepath.Join(dir, workName)
	cmd.Env = environment(dir, os.LookupEnv)
	cmd.SysProcAttr = apart() // an interrupt at the terminal is for bench alone
	cmd.WaitDelay = time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start sandbox helper: %w", err)
	}
	b := &box{dir: dir, cmd: cmd, exited: make(chan struct{})}
	b.client, err = helper.Dial(ctx, &stream{out, in})
	go func() { // end waits for it
		<-b.exit()
		cmd.Wait()
		close(b.exited)
	}()
	if err != nil {
		b.end()
		if s := strings.TrimSpace(stderr.String()); s != "" {
			err = fmt.Errorf("%w: %s", err, s)
		}
		return nil, err
	}
	b.client.Heed(func() error { return machine.Full(dir) })
	return b, nil
}

// exit returns a channel that is closed when there is nothing more to read
// from the helper, before which its process must not be waited for.
func (b *box) exit() <-chan struct{} {
	if b.client == nil {
		closed := make(chan struct{})
		close(closed)
		return closed
	}
	return b.client.Lost()
}

// stream is the helper's standard input and output. When it is closed the
// helper kills all and exits.
type stream struct {
	io.ReadCloser
	in io.WriteCloser
}

func (s *stream) Write(p []byte) (int, error) { return s.in.Write(p) }

func (s *stream) Close() error { return errors.Join(s.in.Close(), s.ReadCloser.Close()) }

// Workdir implements sandbox.Sandbox.
func (b *box) Workdir() string { return filepath.Join(b.dir, workName) }

// shownDir is where models are told that a sandbox lies.
const shownDir = "/bench-box"

// Alias implements sandbox.Aliased.
func (b *box) Alias() sandbox.Alias { return sandbox.Alias{Dir: b.dir, Shown: shownDir} }

// Start implements sandbox.Sandbox.
func (b *box) Start(ctx context.Context, cmd sandbox.Cmd) (sandbox.Process, error) {
	if !filepath.IsAbs(cmd.Dir) {
		cmd.Dir = filepath.Join(b.Workdir(), cmd.Dir)
	}
	return b.client.Start(ctx, cmd)
}

// Listen implements sandbox.Reaching.
func (b *box) Listen(ctx context.Context) (sandbox.Listener, error) { return b.client.Listen(ctx) }

// CopyIn implements sandbox.Sandbox.
func (b *box) CopyIn(ctx context.Context, dir string, tar io.Reader) error {
	return b.client.CopyIn(ctx, dir, tar)
}

// CopyOut implements sandbox.Sandbox.
func (b *box) CopyOut(ctx context.Context, path string) (io.ReadCloser, error) {
	return b.client.CopyOut(ctx, path)
}

// Close implements sandbox.Sandbox. It does not stop half way if its context
// ends.
func (b *box) Close(context.Context) error {
	b.once.Do(func() { b.err = errors.Join(b.end(), removeAll(b.dir)) })
	return b.err
}

// end ends the helper, and all processes with it.
func (b *box) end() error {
	if b.client != nil {
		b.client.Close()
	} else {
		b.cmd.Process.Kill()
	}
	timer := time.NewTimer(closeTime)
	defer timer.Stop()
	if inTime(b.exited, timer.C) {
		return nil
	}
	b.cmd.Process.Kill() // its reapers kill what is theirs
	<-b.exited
	return fmt.Errorf("end sandbox %s: the helper did not stop in time", b.dir)
}

// inTime reports whether something has ended before it is late. Where this process was
// stopped meanwhile, both are true by now.
func inTime(ended <-chan struct{}, late <-chan time.Time) bool {
	select {
	case <-ended:
		return true
	case <-late:
	}
	select {
	case <-ended:
		return true
	case <-time.After(time.Second):
		return false
	}
}

// inherited are the variables that a sandbox takes over from bench. The list
// names what is let in, because no list could name every secret.
var inherited = []string{
	"PATH", "LANG", "LC_ALL", "TERM", "TZ",
	"GOROOT", "GOPROXY", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "GOTOOLCHAIN",
	"GOFLAGS",
}

// environment returns the variables of the helper of dir and its commands.
func environment(dir string, lookup func(string) (string, bool)) []string {
	env := []string{
		"HOME=" + filepath.Join(dir, homeName),
		"TMPDIR=" + filepath.Join(dir, tempName),
	}
	defaults := map[string]string{
		"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TERM": "dumb",
	}
	for _, name := range inherited {
		value, ok := lookup(name)
		if !ok {
			value, ok = defaults[name], defaults[name] != ""
		}
		if ok && !(name == "GOPROXY" && strings.Contains(value, "@")) { // a password
			env = append(env, name+"="+value)
		}
	}
	return append(env, goCaches(lookup)...)
}

// goCaches names the caches that Go uses outside, so that a sandbox need not
// download and compile everything again.
func goCaches(lookup func(string) (string, bool)) []string {
	home, _ := lookup("HOME")
	cache, ok := lookup("GOCACHE")
	if !ok {
		if dir, err := os.UserCacheDir(); err == nil {
			cache = filepath.Join(dir, "go-build")
		}
	}
	modules, ok := lookup("GOMODCACHE")
	if !ok {
		path, ok := lookup("GOPATH")
		if !ok && home != "" {
			path = filepath.Join(home, "go")
		}
		if list := filepath.SplitList(path); len(list) > 0 {
			modules = filepath.Join(list[0], "pkg", "mod")
		}
	}
	var env []string
	if filepath.IsAbs(cache) {
		env = append(env, "GOCACHE="+cache)
	}
	if filepath.IsAbs(modules) {
		env = append(env, "GOMODCACHE="+modules)
	}
	return env
}
