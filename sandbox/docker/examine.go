package docker

import (
	"context"
	"fmt"
	"strings"

	"github.com/docker/docker/api/types/system"

	"bench"
	"bench/sandbox/docker/images"
)

// Room on the engine's disk below which it is nearly full, and below which it is as good
// as full, in bytes: images of SWE-bench take some gigabytes each.
const (
	engineRoomWarn = 20 << 30
	engineRoomFail = 2 << 30
)

// Examine implements sandbox.Examiner.
func (p *Pool) Examine(
	ctx context.Context, tasks []bench.Task, agents, grading int,
) (found bench.Checks) {
	info, err := p.engine.Info(ctx)
	if err != nil {
		found.Fail("engine", "restart it", "it does not say what it has: %v", err)
		return found
	}
	product, unbounded := "Docker", false
	if v, err := p.engine.ServerVersion(ctx); err == nil && images.IsPodman(v) {
		product = "Podman"
		if unbounded, err = p.rootless(ctx); err != nil {
			found.Fail("engine", "restart it", "%v", err)
			return found
		}
		unbounded = unbounded && info.CgroupVersion == "1"
	}
	found.OK("engine", "%s %s on %s: %d processors, %.1f GB of memory, %s", product,
		info.ServerVersion, info.Name, info.NCPU, float64(info.MemTotal)/1e9, info.Driver)
	p.bounded(&found, info, unbounded)
	p.remembers(&found, info, agents, grading)
	free, known := p.room()
	switch remedy := "bench images prune, docker system prune; sandbox.disk_budget bounds what " +
		"images take"; {
	case !known:
		found.OK("engine's disk", "%s of another machine: not seen from here", info.DockerRootDir)
	case free < engineRoomFail:
		found.Fail("engine's disk", remedy, "the disk of %s is full: %d MB are left",
			info.DockerRootDir, free>>20)
	case free < engineRoomWarn:
		found.Warn("engine's disk", remedy, "the disk of %s is nearly full: %.1f GB are left",
			info.DockerRootDir, float64(free)/1e9)
	default:
		found.OK("engine's disk", "%s, with %.1f GB free", info.DockerRootDir, float64(free)/1e9)
	}
	if len(tasks) > 0 {
		found = append(found, p.Store.Examine(ctx, tasks, free, known)...)
	}
	return found
}

// bounded says whether the engine enforces limits: where control groups are missing it
// takes them and leaves them out. A rootless Podman does that with cgroup v1, and tells what
// the machine's kernel could: it is unbounded.
func (p *Pool) bounded(found *bench.Checks, info system.Info, unbounded bool) {
	groups := fmt.Sprintf("cgroup v%s, driver %s", info.CgroupVersion, info.CgroupDriver)
	var missing []string
	for _, c := range []struct {
		name  string
		there bool
	}{
		{"memory", info.MemoryLimit}, {"pids", info.PidsLimit},
	} {
		if !c.there || unbounded {
			missing = append(missing, c.name)
		}
	}
	if p.o.CPUs > 0 && (!info.CPUCfsQuota || unbounded) {
		missing = append(missing, "cpus")
	}
	remedy := "on a rootless engine delegate control groups to the user (systemd, cgroup v2: " +
		"docs.docker.com/engine/security/rootless); with cgroup v1 boot with cgroup_enable=memory " +
		"swapaccount=1"
	switch {
	case len(missing) > 0:
		found.Fail("limits", remedy, "the engine cannot limit %s (%s): one container can take the "+
			"machine down", strings.Join(missing, " and "), groups)
	case !info.SwapLimit:
		found.Warn("limits", remedy, "the engine cannot limit swap (%s): a container that exceeds its "+
			"memory slows the others down", groups)
	default:
		found.OK("limits", "memory, processes and processors (%s)", groups)
	}
}

// remembers says whether all containers that may run at once have the memory that they
// may take.
func (p *Pool) remembers(found *bench.Checks, info system.Info, agents, grading int) {
	most := p.o.Memory*int64(agents) + p.o.GradingLimits.Memory*int64(grading)
	if most <= info.MemTotal {
		return
	}
	found.Warn("memory", "lower workers, sandbox.memory or scoring.memory, if trials end for lack "+
		"of memory", "%d agents and %d evaluations at once may take %.1f GB, and the engine has %.1f",
		agents, grading, float64(most)/1e9, float64(info.MemTotal)/1e9)
}
