package docker

import (
	"strings"

	"github.com/docker/docker/api/types/system"
	"golang.org/x/sys/unix"
)

// room is how many bytes are free on the disk of the engine's images and containers, if it
// runs on this machine.
func (p *Pool) room(info system.Info) (free uint64, known bool) {
	if !strings.HasPrefix(p.engine.DaemonHost(), "unix://") {
		return 0, false
	}
	var s unix.Statfs_t
	if err := unix.Statfs(info.DockerRootDir, &s); err != nil {
		return 0, false
	}
	return s.Bavail * uint64(s.Bsize), true //nolint:gosec // a size
}
