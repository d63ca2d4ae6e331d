package tools

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"bench"
	"bench/agent"
	"bench/sandbox"
)

var (
	//go:embed scripts/read.sh
	readScript string
	//go:embed scripts/create.sh
	createScript string
	//go:embed scripts/write.sh
	writeScript string
)

// exitExists is create.sh's exit code where there is something already.
const exitExists = 17

// aliases is how many links to links the editor follows to a lock.
const aliases = 4

// open reads what is at a path, in one round trip. The lock is on the path as
// it was written; where that was a link, the real path is locked instead, and
// what is there is read again.
func (e *Editor) open(ctx context.Context, h *agent.Hold, a editorArguments) (file, error) {
	name := a.Path
	for range aliases {
		f, err := e.read(ctx, name)
		if err != nil || f.dir && a.Command == cmdView {
			return f, err
		}
		if err := fit(f, a.Command); err != nil {
			return f, err
		}
		if f.path == name {
			return f, nil
		}
		name = f.path
		if err := h.Swap(ctx, e.locks(a.lock(name))...); err != nil {
			return file{}, err
		}
	}
	return file{}, refuse("%s is a link that keeps changing", a.Path)
}

// fit reports why a file cannot be viewed or changed.
func fit(f file, command string) error {
	switch {
	case f.dir:
		return refuse("%s is a directory: %s needs a file", f.path, command)
	case len(f.data) > editorBytes:
		return refuse("%s is larger than %d MB; use the terminal", f.path, editorBytes>>20)
	case bytes.IndexByte(f.data[:min(len(f.data), 8000)], 0) >= 0:
		return refuse("%s is a binary file", f.path)
	}
	return nil
}

func (e *Editor) read(ctx context.Context, name string) (file, error) {
	out, err := e.script(ctx, readScript, nil, name, strconv.Itoa(editorBytes+1))
	if err != nil {
		return file{}, err
	}
	kind, rest, _ := bytes.Cut(out, []byte("\n"))
	real, data, _ := bytes.Cut(rest, []byte("\n"))
	f := file{path: string(real), data: data}
	switch string(kind) {
	case "file":
		return f, nil
	case "dir":
		f.dir = true
		f.entries = tree(data)
		return f, nil
	case "missing":
		return f, refuse("%s does not exist", name)
	case "other":
		return f, refuse("%s is neither a file nor a directory", name)
	}
	return f, fmt.Errorf("read %s: unexpected answer %q", name, kind)
}

// tree orders what read.sh lists so that a directory's entries follow it.
func tree(list []byte) []string {
	var top []string
	below := map[string][]string{}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00") {
		if name == "" {
			continue
		}
		dir, base, nested := strings.Cut(name, "/")
		if nested && base != "" {
			below[dir+"/"] = append(below[dir+"/"], name)
		} else {
			top = append(top, name)
		}
	}
	var all []string
	for _, name := range top {
		all = append(append(all, name), below[name]...)
	}
	return all
}

func (e *Editor) create(ctx context.Context, a editorArguments) agent.Observation {
	data := []byte(*a.FileText)
	if len(data) > editorBytes {
		return e.failure(ctx, refuse("file_text is larger than %d MB", editorBytes>>20))
	}
	out, err := e.replaceFile(ctx, createScript, a.Path, data)
	if err != nil {
		return e.failure(ctx, err)
	}
	f := file{path: string(out), data: data}
	e.history.add(f.path, version{created: true, after: sha256.Sum256(data)})
	n := len(lines(string(data)))
	text := fmt.Sprintf("[created %s, %d lines]", f.path, n)
	return e.seen(text, bench.Touch{Path: f.path, Write: true, From: min(1, n), To: n})
}

// change makes an edit and remembers how to take it back.
func (e *Editor) change(ctx context.Context, f file, plan func() (edit, error)) agent.Observation {
	next, err := plan()
	if err == nil && len(next.data) > editorBytes {
		err = refuse("%s would be larger than %d MB", f.path, editorBytes>>20)
	}
	if err == nil {
		_, err = e.replaceFile(ctx, writeScript, f.path, next.data)
	}
	if err != nil {
		return e.failure(ctx, err)
	}
	e.history.add(f.path, version{before: f.data, after: sha256.Sum256(next.data)})
	return e.seen(shown(f.path, next), bench.Touch{
		Path: f.path, Write: true, From: next.first, To: max(next.first, next.last),
	})
}

// undo takes back the agent's last change of a file, unless the file is no
// longer as that change left it: then somebody would lose work.
func (e *Editor) undo(ctx context.Context, f file) agent.Observation {
	v, ok := e.history.last(f.path)
	if !ok {
		return e.failure(ctx, refuse("you have made no change of %s that can be undone", f.path))
	}
	if v.after != sha256.Sum256(f.data) {
		return e.failure(ctx, refuse(
			"%s was changed since your last edit of it, so that cannot be undone", f.path))
	}
	var err error
	text := fmt.Sprintf("[removed %s, which you had created]", f.path)
	if v.created {
		_, err = e.script(ctx, `rm -f -- "$1"`, nil, f.path)
	} else {
		_, err = e.replaceFile(ctx, writeScript, f.path, v.before)
		text = fmt.Sprintf("[took back your last change of %s]", f.path)
	}
	if err != nil {
		return e.failure(ctx, err)
	}
	e.history.drop(f.path)
	return e.seen(text, bench.Touch{Path: f.path, Write: true})
}

// replaceFile runs a script that puts data in a file by way of a temporary one
// beside it, which it also removes if the script was killed.
func (e *Editor) replaceFile(ctx context.Context, script, name string, data []byte,
) ([]byte, error) {
	temp := ".bench-" + rand.Text() + ".tmp"
	out, err := e.script(ctx, script, data, name, temp)
	if err != nil && ctx.Err() != nil {
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		// If this fails too, the machine is going away with the file.
		_, _ = e.script(clean, `cd -P -- "${1%/*}/" && rm -f -- "$2"`, nil, name, temp)
	}
	return out, err
}

// script runs a shell script in the sandbox. What it says when it fails is for
// the model.
func (e *Editor) script(ctx context.Context, text string, stdin []byte, args ...string,
) ([]byte, error) {
	cmd := sandbox.Cmd{Args: append([]string{"/bin/sh", "-c", text, "file_editor"}, args...)}
	res, err := sandbox.Run(ctx, e.Box, cmd, stdin)
	switch {
	case err != nil:
		return nil, err
	case res.Code == exitExists:
		return nil, refuse("%s exists already: create never replaces a file", args[0])
	case res.Code != 0 && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case res.Code != 0:
		why := strings.TrimSpace(printable(string(res.Output)))
		return nil, refuse("%s: %s (exit code %d)", args[0], why, res.Code)
	}
	return res.Output, nil
}

// history is how to take changes back: for every file the latest versions, as
// long as they are not too much to remember.
type history struct {
	mu    sync.Mutex
	files map[string][]version
	order []string // paths of all versions, oldest first
	bytes int
}

type version struct {
	before  []byte
	after   [sha256.Size]byte // hash of what the change made of it
	created bool
}

// historyBytes bounds what one agent's history holds.
const historyBytes = 4 << 20

func (h *history) add(path string, v version) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.files == nil {
		h.files = map[string][]version{}
	}
	h.files[path] = append(h.files[path], v)
	h.order = append(h.order, path)
	h.bytes += len(v.before)
	for h.bytes > historyBytes && len(h.order) > 1 {
		oldest := h.order[0]
		h.bytes -= len(h.files[oldest][0].before)
		h.files[oldest], h.order = h.files[oldest][1:], h.order[1:]
	}
}

func (h *history) last(path string) (version, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v := h.files[path]
	if len(v) == 0 {
		return version{}, false
	}
	return v[len(v)-1], true
}

func (h *history) drop(path string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v := h.files[path]
	h.bytes -= len(v[len(v)-1].before)
	h.files[path] = v[:len(v)-1]
	for i := len(h.order) - 1; i >= 0; i-- {
		if h.order[i] == path {
			h.order = append(h.order[:i], h.order[i+1:]...)
			return
		}
	}
}
