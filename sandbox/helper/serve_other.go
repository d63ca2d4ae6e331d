//go:build !unix

package helper

import "errors"

func serve() error { return errors.New("this system cannot run sandboxes") }

func reap() {}
