package repo

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
)

// git runs the host's git in dir, with a git directory that bench made: it never
// looks for one. So no configuration, hook, attribute file, alternate or promisor of
// somebody else's repository decides what it does. It asks no questions, and reads
// the user's own configuration only if told to.
type git struct {
	dir        string // where it runs
	gitDir     string // "": .git in dir, whose work tree dir is
	workTree   string // of gitDir, if it has one
	userConfig bool
	env        []string
	stdin      io.Reader
}

// settings make results independent of where they are made, and leave nothing to
// run. Ownership is no matter of git's: it is given directories that bench made.
var settings = []string{
	"-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false",
	"-c", "core.logAllRefUpdates=false", "-c", "core.autocrlf=false", "-c", "core.fileMode=true",
	"-c", "core.symlinks=true", "-c", "core.protectHFS=true", "-c", "core.protectNTFS=true",
	"-c", "core.commitGraph=false", "-c", "core.multiPackIndex=false",
	"-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "submodule.recurse=false",
	"-c", "advice.detachedHead=false",
}

// command is every git command on this machine: the project has no other.
func (g git) command(ctx context.Context, args ...string) *exec.Cmd {
	line := append([]string{}, settings...)
	if !g.userConfig {
		line = append(line, "-c", "core.attributesFile=/dev/null", "-c", "core.excludesFile=/dev/null")
	}
	cmd := exec.CommandContext(ctx, "git", append(line, args...)...)
	cmd.Dir, cmd.Stdin = g.dir, g.stdin
	cmd.Env = append(g.environment(), g.env...)
	return cmd
}

// run returns standard output without the final newline. The error carries what
// git said.
func (g git) run(ctx context.Context, args ...string) (string, error) {
	cmd := g.command(ctx, args...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		} else if errors.Is(err, exec.ErrNotFound) {
			err = notFound(err)
		}
		if msg := strings.TrimSpace(said.String()); msg != "" {
			return "", fmt.Errorf("git %s: %w: %s", args[0], err, msg)
		}
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// FindGit returns the path of git, or an error that says what to do.
func FindGit() (string, error) {
	path, err := exec.LookPath("git")
	if err != nil {
		return "", notFound(err)
	}
	return path, nil
}

func notFound(err error) error {
	return fmt.Errorf("%w: install git, or name its directory in PATH", err)
}

// environment is the process's own without what would redirect git. Objects that are
// missing are not fetched; of protocols, none is spoken but to what the user named.
func (g git) environment() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "GIT_") || g.userConfig && strings.HasPrefix(kv, "GIT_SSH") {
			env = append(env, kv)
		}
	}
	dir, tree := g.gitDir, g.workTree
	if dir == "" {
		dir, tree = filepath.Join(g.dir, ".git"), g.dir
	}
	env = append(env, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_NO_REPLACE_OBJECTS=1",
		"GIT_NO_LAZY_FETCH=1", "GIT_DIR="+dir)
	if tree != "" {
		env = append(env, "GIT_WORK_TREE="+tree)
	}
	if !g.userConfig {
		return append(env, "GIT_ALLOW_PROTOCOL=file", "GIT_CONFIG_GLOBAL=/dev/null",
			"GIT_CONFIG_NOSYSTEM=1", "GIT_ATTR_NOSYSTEM=1")
	}
	return append(env, "GIT_ALLOW_PROTOCOL=https:http:ssh:git:file")
}
