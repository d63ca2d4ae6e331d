//go:build !unix

package machine

import "errors"

func openFiles() (uint64, error) { return 0, errors.ErrUnsupported }

func runnable(string) bool { return true }

func room(string) (uint64, error) { return 0, errors.ErrUnsupported }

func rest(string) (left, files uint64, err error) { return 0, 0, errors.ErrUnsupported }
