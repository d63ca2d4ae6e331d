// Package machine looks at what this machine gives a program: files to open, room on its
// disks, directories to write to.
package machine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"bench"
)

// Room below which a disk is nearly full, and below which it is as good as full, in bytes.
const (
	roomWarn = 2 << 30
	roomFail = 200 << 20
)

// OpenFiles says whether as many files may be open as work needs.
func OpenFiles(found *bench.Checks, needed uint64) {
	most, err := openFiles()
	switch {
	case err != nil:
		found.Warn("open files", "", "the limit is not known: %v", err)
	case most < needed:
		found.Fail("open files", fmt.Sprintf("raise the limit: ulimit -n %d (LimitNOFILE= of a "+
			"service, nofile in /etc/security/limits.conf), or lower workers", needed),
			"%d may be open at once, and %d are needed", most, needed)
	default:
		found.OK("open files", "%d may be open at once", most)
	}
}

// Directory says whether files can be made in a directory, and whether its disk has
// room. Runs says whether programs in it must run, too. What was found is called name, and
// elsewhere says how to use another directory.
func Directory(found *bench.Checks, name, dir, elsewhere string, runs bool) {
	if abs := Usable(found, name, dir, elsewhere, runs); abs != "" {
		Room(found, name, abs, "free some of it, or use another directory: "+elsewhere)
	}
}

// Usable is Directory without a look at the room. It returns the path of the directory, ""
// if it cannot be used.
func Usable(found *bench.Checks, name, dir, elsewhere string, runs bool) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		abs = dir
	}
	f, err := os.CreateTemp(abs, ".bench-doctor-*")
	if err != nil {
		found.Fail(name, "make the directory writable, or use another one: "+elsewhere,
			"nothing can be made in %s: %v", abs, cause(err))
		return ""
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if runs && f.Chmod(0o700) == nil && !runnable(f.Name()) {
		found.Fail(name, "mount it without noexec, or use another one: "+elsewhere,
			"no program in %s may be run (noexec)", abs)
		return ""
	}
	return abs
}

// Room says whether the disk of a directory has room.
func Room(found *bench.Checks, name, dir, remedy string) {
	free, err := room(dir)
	switch {
	case err != nil:
		found.Warn(name, "", "the room on the disk of %s is not known: %v", dir, err)
	case free < roomFail:
		found.Fail(name, remedy, "the disk of %s is full: %d MB are left", dir, free>>20)
	case free < roomWarn:
		found.Warn(name, remedy, "the disk of %s is nearly full: %d MB are left", dir, free>>20)
	default:
		found.OK(name, "%s, with %.1f GB free", dir, float64(free)/1e9)
	}
}

// Free is how many bytes are free on the disk of a directory.
func Free(dir string) (uint64, error) { return room(dir) }

// leastRoom is how much room the disk has at least on which what is written can be believed
// to be there. What fails for want of room mostly leaves less.
const leastRoom = 1 << 20

// Full is an error if the disk of a directory is full, so that a program that failed may
// have failed by that. Nothing is said of a directory that cannot be looked at.
func Full(dir string) error {
	if left, files, err := rest(dir); err == nil && (left < leastRoom || files == 0) {
		return fmt.Errorf("the disk of %s is full: free some", dir)
	}
	return nil
}

// cause is what is wrong with a file, without its made-up name.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
