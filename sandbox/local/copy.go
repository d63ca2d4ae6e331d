package local

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// copyTree copies what is below from to the directory to: files, directories
// and links, with modes and times. Files are copied, not linked, because
// commands change them in place.
func copyTree(ctx context.Context, from, to string) error {
	var dirs []string
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		target := to + strings.TrimPrefix(path, from)
		switch {
		case path == from:
			return nil
		case d.IsDir():
			dirs = append(dirs, path)
			return os.Mkdir(target, 0o700)
		case d.Type()&fs.ModeSymlink != 0:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		case d.Type().IsRegular():
			return copyFile(path, target)
		}
		return nil // sockets and pipes of commands that have ended
	})
	for i := len(dirs) - 1; err == nil && i >= 0; i-- { // the inner before the outer
		err = copyAttributes(dirs[i], to+strings.TrimPrefix(dirs[i], from))
	}
	if err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil { // in the kernel, where it can
		out.Close()
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return copyAttributes(from, to)
}

func copyAttributes(from, to string) error {
	fi, err := os.Stat(from)
	if err != nil {
		return err
	}
	const bits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
	if err := os.Chmod(to, fi.Mode()&bits); err != nil {
		return err
	}
	return os.Chtimes(to, fi.ModTime(), fi.ModTime())
}
