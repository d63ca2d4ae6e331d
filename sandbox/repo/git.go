package repo

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// git runs the host's git in dir. It neither asks questions nor runs hooks,
// and reads the user's configuration only if told to.
type git struct {
	dir        string
	userConfig bool
	env        []string
}

// settings make results independent of where they are made.
var settings = []string{
	"-c", "safe.directory=*", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false",
	"-c", "core.logAllRefUpdates=false", "-c", "core.autocrlf=false", "-c", "core.fileMode=true",
	"-c", "core.symlinks=true", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
	"-c", "protocol.ext.allow=never", "-c", "advice.detachedHead=false",
}

// run returns standard output without the final newline. The error carries what
// git said.
func (g git) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append(append([]string{}, settings...), args...)...)
	cmd.Dir = g.dir
	cmd.Env = append(g.environment(), g.env...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if msg := strings.TrimSpace(said.String()); msg != "" {
			return "", fmt.Errorf("git %s: %w: %s", args[0], err, msg)
		}
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// environment is the process's own without what would redirect git.
func (g git) environment() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "GIT_") || g.userConfig && strings.HasPrefix(kv, "GIT_SSH") {
			env = append(env, kv)
		}
	}
	env = append(env, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_NO_REPLACE_OBJECTS=1")
	if !g.userConfig {
		env = append(env, "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_ATTR_NOSYSTEM=1")
	}
	return env
}
