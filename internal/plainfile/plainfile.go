// Package plainfile reads files that came from somebody else: a pipe, which would be waited
// for without end, a device, which has none, and a link to another file of the machine are
// no files of theirs.
package plainfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

var (
	errNoFile  = errors.New("no regular file")
	errTooLong = errors.New("too long")
)

// flags let a pipe be opened without anybody who writes to it.
const flags = os.O_RDONLY | syscall.O_NONBLOCK

// Read returns the content of a regular file, or of one that a link leads to, that has at
// most so many bytes.
func Read(path string, most int64) ([]byte, error) {
	f, err := os.OpenFile(path, flags, 0)
	if err != nil {
		return nil, err
	}
	return all(f, path, most)
}

// ReadBelow is Read of a file below a directory, out of which no link may lead.
func ReadBelow(dir, path string, most int64) ([]byte, error) {
	name, err := filepath.Rel(dir, path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.OpenFile(name, flags, 0)
	if err == nil {
		return all(f, path, most)
	}
	if _, elsewhere := os.Stat(path); elsewhere == nil && !errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("read %s: %w: a link that leads out of %s", path, err, dir)
	}
	return nil, err
}

// all reads a file and closes it.
func all(f *os.File, path string, most int64) ([]byte, error) {
	defer f.Close()
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "read", Path: path, Err: errNoFile}
	}
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("read %s: %w: more than %d bytes", path, errTooLong, most)
	}
	return b, err
}
