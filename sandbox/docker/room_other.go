//go:build !linux

package docker

import "github.com/docker/docker/api/types/system"

// room: engines of other systems run in a virtual machine, whose disk is not seen from
// here.
func (p *Pool) room(system.Info) (free uint64, known bool) { return 0, false }
