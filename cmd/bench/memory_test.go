package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bench/sandbox"
)

// memory makes sandboxes that are maps of files, without a process: what happens
// in them takes time, but none that anybody has to wait for in a bubble of
// testing/synctest. It knows the scripts of sandbox/repo and agent/tools by their
// words.
type memory struct {
	files map[string]string // of a new sandbox, by their paths below the work directory
	quick bool              // steps take no time
	// fault, if set, can break a step in a sandbox.
	fault func(step string, box *memoryBox) error

	mu   sync.Mutex
	made int
}

var _ sandbox.Pool = (*memory)(nil)

// What steps take.
var stepTimes = map[string]time.Duration{
	"create": 2 * time.Second, "baseline": 300 * time.Millisecond, "changes": 200 * time.Millisecond,
	"diff": 500 * time.Millisecond, "apply": 100 * time.Millisecond, "close": 400 * time.Millisecond,
	"read": 20 * time.Millisecond, "write": 30 * time.Millisecond, "shell": 50 * time.Millisecond,
}

const memoryDir = "/testbed"

// Create implements sandbox.Pool.
func (m *memory) Create(ctx context.Context, spec sandbox.Spec) (sandbox.Sandbox, error) {
	m.mu.Lock()
	m.made++
	box := &memoryBox{pool: m, spec: spec, nth: m.made, files: map[string]string{}}
	m.mu.Unlock()
	for name, text := range m.files {
		box.files[memoryDir+"/"+name] = text
	}
	return box, box.step(ctx, "create")
}

func (m *memory) Reap(context.Context) (int, error) { return 0, nil }
func (m *memory) Close() error                      { return nil }

// memoryBox is one of them.
type memoryBox struct {
	pool *memory
	spec sandbox.Spec
	nth  int // of its pool

	mu    sync.Mutex
	files map[string]string // by absolute path
	bases []map[string]string
}

// step takes the time of a step, or breaks.
func (b *memoryBox) step(ctx context.Context, name string) error {
	if !b.pool.quick {
		if err := pass(ctx, stepTimes[name]); err != nil {
			return err
		}
	}
	if b.pool.fault != nil {
		return b.pool.fault(name, b)
	}
	return nil
}

// pass lets time pass.
func pass(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (b *memoryBox) Workdir() string { return memoryDir }

// CopyIn implements sandbox.Sandbox for plain files.
func (b *memoryBox) CopyIn(_ context.Context, dir string, r io.Reader) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for files := tar.NewReader(r); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		text, err := io.ReadAll(files)
		if err != nil {
			return err
		}
		b.files[path.Join(dir, h.Name)] = string(text)
	}
}

func (b *memoryBox) CopyOut(context.Context, string) (io.ReadCloser, error) {
	return nil, errors.New("nothing is copied out of memory")
}

// Close implements sandbox.Sandbox.
func (b *memoryBox) Close(ctx context.Context) error { return b.step(ctx, "close") }

// Start implements sandbox.Sandbox.
func (b *memoryBox) Start(ctx context.Context, cmd sandbox.Cmd) (sandbox.Process, error) {
	p := newMemoryProcess(cmd.Stdin)
	script, args := cmd.Args[2], cmd.Args[3:]
	has := func(words string) bool { return strings.Contains(script, words) }
	run := func(step string, do func() (string, int)) (sandbox.Process, error) {
		go p.run(ctx, func() (out string, code int, err error) {
			if err := b.step(ctx, step); err != nil {
				return "", 0, err
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			out, code = do()
			return out, code, nil
		})
		return p, nil
	}
	switch {
	case has("--norc"):
		go p.run(ctx, func() (string, int, error) { return b.shell(ctx, p, args[1]) })
		return p, nil
	case has(" ended %d"):
		go p.run(ctx, func() (string, int, error) { return b.program(ctx, p, args[1], args[2]) })
		return p, nil
	case has("tree=$(git write-tree)"):
		return run("baseline", b.baseline)
	case has("copy.XXXXXX"):
		return run("changes", func() (string, int) { return "0\n", 0 })
	case has("git apply --whitespace"):
		return run("apply", func() (string, int) { return b.apply(p.input(), args[1:]) })
	case len(args) == 5 && args[0] == "git":
		return run("diff", func() (string, int) { return b.diff(args[1]) })
	case has("TMPDIR"):
		return run("shell", func() (string, int) { return "/tmp", 0 })
	case has("exec head -c"):
		return run("read", func() (string, int) { return b.read(args[1]) })
	case has("exit 17"):
		return run("write", func() (string, int) { return b.create(args[1], p.input()) })
	case has("cp -p -- "):
		return run("write", func() (string, int) { b.files[args[1]] = p.input(); return "", 0 })
	}
	return nil, fmt.Errorf("memory has no script like %q", cmd.Args)
}

// baseline remembers the files of the work directory.
func (b *memoryBox) baseline() (string, int) {
	b.bases = append(b.bases, b.tracked())
	return fmt.Sprintf("%040x /store\n", len(b.bases)), 0
}

func (b *memoryBox) tracked() map[string]string {
	all := map[string]string{}
	for name, text := range b.files {
		if rel, ok := strings.CutPrefix(name, memoryDir+"/"); ok {
			all[rel] = text
		}
	}
	return all
}

// diff prints what has changed since a baseline: every changed file with one hunk.
func (b *memoryBox) diff(tree string) (string, int) {
	n, err := strconv.ParseInt(tree, 16, 64)
	if err != nil || n < 1 || int(n) > len(b.bases) {
		return "no such tree: " + tree, 91
	}
	before, after := b.bases[n-1], b.tracked()
	var patch strings.Builder
	for _, name := range slices.Sorted(maps.Keys(after)) {
		old, there := before[name]
		if there && old == after[name] {
			continue
		}
		fmt.Fprintf(&patch, "diff --git a/%s b/%[1]s\n", name)
		from, start := "a/"+name, 1
		if !there {
			from, start = "/dev/null", 0
			patch.WriteString("new file mode 100644\n")
		}
		fmt.Fprintf(&patch, "--- %s\n+++ b/%s\n@@ -%d,%d +1,%d @@\n", from, name, start,
			strings.Count(old, "\n"), strings.Count(after[name], "\n"))
		for line := range strings.Lines(old) {
			patch.WriteString("-" + line)
		}
		for line := range strings.Lines(after[name]) {
			patch.WriteString("+" + line)
		}
	}
	return fmt.Sprintf("%d 0\n%s", patch.Len(), patch.String()), 0
}

// apply applies a patch as diff prints them.
func (b *memoryBox) apply(patch string, options []string) (string, int) {
	olds, news := map[string]string{}, map[string]string{}
	name := ""
	for line := range strings.Lines(patch) {
		switch {
		case strings.HasPrefix(line, "--- "):
		case strings.HasPrefix(line, "+++ b/"):
			name = memoryDir + "/" + strings.TrimSuffix(line[6:], "\n")
			olds[name], news[name] = "", ""
		case strings.HasPrefix(line, "-"):
			olds[name] += line[1:]
		case strings.HasPrefix(line, "+"):
			news[name] += line[1:]
		}
	}
	if slices.Contains(options, "--reverse") {
		olds, news = news, olds
	}
	for name, old := range olds {
		if b.files[name] != old {
			return "patch does not apply: " + name, 92
		}
	}
	if !slices.Contains(options, "--check") {
		maps.Copy(b.files, news)
	}
	return "", 0
}

func (b *memoryBox) read(name string) (string, int) {
	text, ok := b.files[name]
	if !ok {
		return "missing\n" + name + "\n", 0
	}
	return "file\n" + name + "\n" + text, 0
}

func (b *memoryBox) create(name, text string) (string, int) {
	if _, ok := b.files[name]; ok {
		return "", 17
	}
	b.files[name] = text
	return name, 0
}

// shell is a persistent shell. It knows the commands of command.
func (b *memoryBox) shell(ctx context.Context, p *memoryProcess, token string) (string, int, error) {
	if err := b.step(ctx, "shell"); err != nil {
		return "", 0, err
	}
	p.say(fmt.Sprintf("\x1e%s ready &9\x1f%s\x1f/tmp\x1e\n", token, memoryDir))
	for {
		asked, err := p.await(ctx, "\n__bench_run ")
		if err != nil {
			return "", 0, err
		}
		line, _, _ := strings.Cut(asked, "; { __bench_code")
		out, code, err := b.command(ctx, strings.ReplaceAll(strings.Trim(line, "'"), `'\''`, "'"))
		if err != nil {
			return "", 0, err
		}
		p.say(fmt.Sprintf("%s\x1e%s %d %s\x1e\n", out, token, code, memoryDir))
	}
}

// program is a program that runs once.
func (b *memoryBox) program(
	ctx context.Context, p *memoryProcess, token, script string,
) (string, int, error) {
	out, code, err := b.command(ctx, script)
	if err != nil {
		return out, 0, err
	}
	p.say(fmt.Sprintf("%s\x1e%s ended %d\x1e\n", out, token, code))
	select { // what it has left running is killed with it
	case <-p.dead.Done():
		return "", 0, nil
	case <-ctx.Done():
		return "", 0, context.Cause(ctx)
	}
}

// command runs commands that ; joins: sleep SECONDS, cat FILE, echo TEXT >FILE,
// echo TEXT >>FILE, git apply FILE, false.
func (b *memoryBox) command(ctx context.Context, text string) (out string, code int, err error) {
	if err := b.step(ctx, "command"); err != nil {
		return "", 0, err
	}
	for one := range strings.SplitSeq(text, ";") {
		words := strings.Fields(one)
		if words[0] == "sleep" {
			d, err := time.ParseDuration(words[1] + "s")
			if err == nil {
				err = pass(ctx, d)
			}
			if err != nil {
				return out, 0, err
			}
			continue
		}
		more, status := b.simple(words)
		if out += more; status != 0 {
			return out, status, nil
		}
	}
	return out, 0, nil
}

// simple runs one command that takes no time.
func (b *memoryBox) simple(words []string) (out string, code int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	last := path.Join(memoryDir, strings.TrimLeft(words[len(words)-1], ">"))
	if strings.HasPrefix(words[len(words)-1], "/") {
		last = words[len(words)-1]
	}
	switch words[0] {
	case "cat":
		text, ok := b.files[last]
		if !ok {
			return "cat: no such file\n", 1
		}
		return text, 0
	case "echo":
		text := strings.Join(words[1:len(words)-1], " ") + "\n"
		if strings.HasPrefix(words[len(words)-1], ">>") {
			text = b.files[last] + text
		}
		b.files[last] = text
		return "", 0
	case "git":
		return b.apply(b.files[last], nil)
	case "false":
		return "", 1
	}
	return words[0] + ": command not found\n", 127
}
