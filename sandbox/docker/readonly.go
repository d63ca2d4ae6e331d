package docker

import "strings"

// kernel are the paths that are read-only in every container; whoever names others names
// these, too.
var kernel = []string{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}

// usr is what /usr has.
var usr = []string{
	"/usr/bin", "/usr/games", "/usr/include", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec",
	"/usr/libx32", "/usr/local", "/usr/sbin", "/usr/share",
}

// systemPaths are the directories of an image that nobody has to write to who works in workdir:
// programs, libraries, settings. A read-only root would take the work directory along,
// unless that were copied to a volume for each container, where no limit of disks holds.
// What is missing from an image does not matter.
func systemPaths(workdir string) (paths []string) {
	all := []string{
		"/bin", "/boot", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/sbin", "/srv", "/usr",
	}
	within := func(dir string) bool { return strings.HasPrefix(workdir+"/", dir+"/") }
	for _, dir := range all {
		switch {
		case !within(dir):
			paths = append(paths, dir)
		case dir == "/usr":
			for _, part := range usr {
				if !within(part) {
					paths = append(paths, part)
				}
			}
		}
	}
	return paths
}
