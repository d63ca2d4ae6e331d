package machine

import "golang.org/x/sys/unix"

// memory is all there is, in bytes.
func memory() int64 {
	var i unix.Sysinfo_t
	if err := unix.Sysinfo(&i); err != nil {
		return 0
	}
	return int64(uint64(i.Totalram) * uint64(i.Unit)) //nolint:unconvert,gosec // 32 bits somewhere
}

// kernel is its release.
func kernel() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return ""
	}
	return unix.ByteSliceToString(u.Release[:])
}
