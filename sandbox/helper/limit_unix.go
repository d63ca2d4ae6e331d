//go:build unix

package helper

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// limit gives this process, and with it all that it starts, the limits that engines do not
// all enforce. Nobody reads core dumps, which would fill the disk.
func limit() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return fmt.Errorf("forbid core dumps: %w", err)
	}
	text, ok := os.LookupEnv(FilesVar)
	if !ok {
		return nil
	}
	if err := os.Unsetenv(FilesVar); err != nil { // no command shall see it
		return err
	}
	files, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return fmt.Errorf("%s: %w", FilesVar, err)
	}
	var now syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &now); err != nil {
		return err
	}
	own := syscall.Rlimit{Cur: files, Max: files}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &own); err != nil {
		return fmt.Errorf("%d open files: the engine allows no more than %d: %w", files, now.Max, err)
	}
	return nil
}
