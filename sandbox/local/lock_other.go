//go:build !unix

package local

import (
	"errors"
	"io"
)

func hold(string) (io.Closer, error) {
	return nil, errors.New("local sandboxes need a Unix system")
}

func abandoned(string) (io.Closer, bool) { return nil, false }
