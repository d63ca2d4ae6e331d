package docker

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/docker/docker/api/types/versions"

	"bench"
	"bench/sandbox/docker/images"
)

// minVersion is the API of Docker 20.10 and of Podman 4.
const minVersion = "1.41"

// pingTime is how long an engine may take to say that it is there.
const pingTime = 30 * time.Second

// answers fails where no engine answers of which use can be made. The error says what to
// do about it.
func (p *Pool) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingTime)
	defer cancel()
	ping, err := p.engine.Ping(ctx)
	hint := ""
	switch {
	case err != nil:
		hint = p.unreached(err)
	case versions.LessThan(ping.APIVersion, minVersion):
		err = fmt.Errorf("its API is %s: Docker 20.10 or Podman 4 (API %s) or later is needed",
			ping.APIVersion, minVersion)
		hint = "install a later one, or name another engine in " + p.named()
	case ping.OSType != "linux" && ping.OSType != "": // Podman does not say it
		err = fmt.Errorf("it runs %s containers: Linux ones are needed", ping.OSType)
		hint = "switch it to Linux containers, or name another engine in " + p.named()
	default:
		return nil
	}
	return &bench.Failure{
		Status: bench.ExitError, Err: fmt.Errorf("connect to docker: %w", err), Hint: hint,
	}
}

// enforces refuses what the engine would take and leave out: Podman makes no paths of an
// image read-only that its Docker API names.
func (p *Pool) enforces(ctx context.Context) error {
	if !p.o.ReadOnlySystem {
		return nil
	}
	v, err := p.engine.ServerVersion(ctx)
	if err != nil || !images.IsPodman(v) {
		return err
	}
	return &bench.Failure{
		Status: bench.ExitUsage, Hint: "remove that key, or name engines of Docker in " + p.named(),
		Err: fmt.Errorf("sandbox.read_only_system: %s is Podman, which does not enforce it", p.host()),
	}
}

// unreached says what to do about an engine that was not reached. The client keeps texts
// of errors alone.
func (p *Pool) unreached(err error) string {
	elsewhere := "name the engine in " + p.named() + " if it is elsewhere"
	host := p.host()
	path, socket := strings.CutPrefix(host, "unix://")
	switch text := err.Error(); {
	case socket && strings.Contains(text, "permission denied"):
		return fmt.Sprintf("%s is not for this user: sudo usermod -aG docker $USER and log in again, "+
			"or use a rootless engine and name its socket in %s", path, p.named())
	case socket && strings.Contains(path, "podman"):
		return "start its service (systemctl --user start podman.socket, with sudo and without --user " +
			"for root's, or podman system service --time=0 " + host + "), or " + elsewhere
	case socket:
		return "start it (sudo systemctl start docker, or Docker Desktop), or " + elsewhere
	case errors.Is(err, context.DeadlineExceeded), strings.Contains(text, "deadline exceeded"):
		return fmt.Sprintf("%s did not answer within %s: restart it, or %s", host, pingTime, elsewhere)
	case strings.Contains(text, "proxyconnect"), strings.Contains(text, "proxy"):
		return host + " is reached through a proxy: name its host in NO_PROXY"
	}
	return fmt.Sprintf("check that an engine listens at %s, or correct %s", host, p.named())
}

// named is where its host is named.
func (p *Pool) named() string {
	if p.o.Host != "" {
		return "sandbox.engines"
	}
	return "DOCKER_HOST"
}
