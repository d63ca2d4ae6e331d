//go:build !unix

package machine

import "errors"

func openFiles() (uint64, error) { return 0, errors.ErrUnsupported }

func runnable(string) bool { return true }

func room(string) (uint64, error) { return 0, errors.ErrUnsupported }
