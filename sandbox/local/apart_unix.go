//go:build unix

package local

import "syscall"

// apart puts a process in a session of its own.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
