//go:build unix

package machine

import "golang.org/x/sys/unix"

// openFiles is how many files this process may have open. Go has raised the limit to the
// highest that it may set itself.
func openFiles() (uint64, error) {
	var l unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l)
	return uint64(l.Cur), err //nolint:unconvert // it is signed on some systems
}

// runnable reports whether a file may be run, which the kernel denies where programs are
// not to (noexec), to root, too.
func runnable(path string) bool { return unix.Access(path, unix.X_OK) == nil }

func room(dir string) (uint64, error) {
	var s unix.Statfs_t
	err := unix.Statfs(dir, &s)
	return uint64(s.Bavail) * uint64(s.Bsize), err //nolint:unconvert,gosec // signed on some systems
}
