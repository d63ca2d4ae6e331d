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
	if err := limitTo(FilesVar, "open files", syscall.RLIMIT_NOFILE); err != nil {
		return err
	}
	return limitTo(FileSizeVar, "bytes of a file", syscall.RLIMIT_FSIZE)
}

// limitTo sets a limit to the value of a variable, which no command sees.
func limitTo(variable, what string, resource int) error {
	text, ok := os.LookupEnv(variable)
	if !ok {
		return nil
	}
	if err := os.Unsetenv(variable); err != nil {
		return err
	}
	most, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	var now syscall.Rlimit
	if err := syscall.Getrlimit(resource, &now); err != nil {
		return err
	}
	if err := syscall.Setrlimit(resource, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
		return fmt.Errorf("%d %s: the engine allows no more than %d: %w", most, what, now.Max, err)
	}
	return nil
}
