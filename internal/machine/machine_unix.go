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

// rest is how many bytes and files this process may still add to the disk of a directory:
// root may take what is reserved. Disks that do not count files have always one more.
func rest(dir string) (left, files uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	blocks := uint64(s.Bavail) //nolint:unconvert // it is signed on some systems
	if unix.Geteuid() == 0 {
		blocks = s.Bfree
	}
	if files = uint64(s.Ffree); s.Files == 0 { //nolint:unconvert // signed on some systems
		files = 1
	}
	return blocks * uint64(s.Bsize), files, nil //nolint:gosec // a size
}
