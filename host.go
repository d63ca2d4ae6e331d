package bench

import (
	"fmt"
	"strings"
)

// Host is a machine: the one that a run was started on, or one that its sandboxes are on.
type Host struct {
	Name          string `json:"name,omitempty"`
	OS            string `json:"os"`
	Arch          string `json:"arch"` // as Go calls it
	CPUs          int    `json:"cpus"`
	Memory        int64  `json:"memory,omitempty"` // bytes; 0: not known
	Kernel        string `json:"kernel,omitempty"` // its release
	EngineVersion string `json:"engine,omitempty"` // of what makes its containers
}

// String describes the machine to people.
func (h Host) String() string {
	parts := []string{fmt.Sprintf("%d CPUs", h.CPUs)}
	if h.Memory > 0 {
		parts = append(parts, fmt.Sprintf("%.1f GB", float64(h.Memory)/1e9))
	}
	parts = append(parts, h.OS+"/"+h.Arch)
	if h.Kernel != "" {
		parts = append(parts, "kernel "+h.Kernel)
	}
	if h.EngineVersion != "" {
		parts = append(parts, "engine "+h.EngineVersion)
	}
	text := strings.Join(parts, ", ")
	if h.Name == "" {
		return text
	}
	return h.Name + ": " + text
}

// GoArch is what Go calls an architecture that uname names, as engines do.
func GoArch(uname string) string {
	switch uname {
	case "x86_64":
		return "amd64"
	case "aarch64":
		return "arm64"
	}
	return uname
}

// TrialPlaced says on which machine the sandbox of a trial is: from phase prepare on its
// agents', from phase grade on that of its tests, if that is another machine.
type TrialPlaced struct {
	Phase  Phase  `json:"phase"`
	Engine string `json:"engine,omitempty"` // what the config calls it, if it names engines
	Host   Host   `json:"host"`
}
