//go:build unix

package helper

import (
	"archive/tar"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// unpack writes the entries of an archive below dir, and nowhere else.
func unpack(dir string, r io.Reader) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	u := unpacker{root: root, owner: os.Geteuid() == 0, dirs: map[string]*tar.Header{}}
	defer u.leave()
	archive := tar.NewReader(r)
	for {
		h, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := u.entry(h, archive); err != nil {
			return err
		}
	}
	return u.finish()
}

// unpacker writes entries. It keeps the directory of the last one open, because
// the next one is likely to lie there and finding it costs more than the rest.
type unpacker struct {
	root  *os.Root
	owner bool // whether files can be given to their owners
	n     int  // files written, for names of temporary ones
	dirs  map[string]*tar.Header

	dir  *os.Root // the open directory, if any
	name string   // of dir
}

// enter opens the directory of an entry, which is made if it is missing.
func (u *unpacker) enter(dir string) error {
	if u.dir != nil && u.name == dir {
		return nil
	}
	u.leave()
	if err := u.root.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	d, err := u.root.OpenRoot(dir)
	if err == nil {
		u.dir, u.name = d, dir
	}
	return err
}

func (u *unpacker) leave() {
	if u.dir != nil {
		u.dir.Close()
		u.dir = nil
	}
}

func (u *unpacker) entry(h *tar.Header, r io.Reader) error {
	name := strings.TrimPrefix(path.Clean("/"+h.Name), "/")
	switch {
	case name == "" || h.Typeflag == tar.TypeXGlobalHeader:
		return nil // dir itself, or no file
	case h.Typeflag == tar.TypeDir:
		return u.mkdir(name, h)
	}
	if err := u.enter(path.Dir(name)); err != nil {
		return err
	}
	switch base := path.Base(name); h.Typeflag {
	case tar.TypeReg:
		return u.replace(base, func(tmp string) error { return u.file(tmp, h, r) })
	case tar.TypeSymlink:
		return u.replace(base, func(tmp string) error {
			if err := u.dir.Symlink(h.Linkname, tmp); err != nil || !u.owner {
				return err
			}
			return u.dir.Lchown(tmp, h.Uid, h.Gid)
		})
	case tar.TypeLink:
		old := strings.TrimPrefix(path.Clean("/"+h.Linkname), "/")
		return u.replace(base, func(tmp string) error {
			return u.root.Link(old, path.Join(u.name, tmp))
		})
	}
	return fmt.Errorf("%s: entries of type %q are not unpacked", h.Name, h.Typeflag)
}

func (u *unpacker) mkdir(name string, h *tar.Header) error {
	if fi, err := u.root.Stat(name); err != nil || !fi.IsDir() {
		u.root.Remove(name) // a file in its place; if that fails, the next step does
	}
	if err := u.root.MkdirAll(name, 0o755); err != nil {
		return err
	}
	u.dirs[name] = h
	return nil
}

// replace makes a file in the open directory under a temporary name and puts it
// in place, so that who reads it meanwhile sees the old one or the new one.
func (u *unpacker) replace(name string, create func(tmp string) error) error {
	u.n++
	tmp := fmt.Sprintf(".bench-%d-%d-%d", os.Getpid(), time.Now().UnixNano(), u.n)
	err := create(tmp)
	if err == nil {
		err = u.dir.Rename(tmp, name)
	}
	if err != nil {
		u.dir.Remove(tmp)
	}
	return err
}

func (u *unpacker) file(tmp string, h *tar.Header, r io.Reader) error {
	f, err := u.dir.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err == nil && u.owner {
		err = f.Chown(h.Uid, h.Gid)
	}
	if err == nil {
		err = f.Chmod(fileMode(h)) // after chown, which takes setuid away
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil && dated(h) {
		err = u.dir.Chtimes(tmp, h.ModTime, h.ModTime)
	}
	return err
}

// dated reports whether an entry has a date. 1970 is what it has without.
func dated(h *tar.Header) bool { return h.ModTime.Unix() > 0 }

func fileMode(h *tar.Header) fs.FileMode {
	mode := fs.FileMode(h.Mode & 0o777)
	for bit, m := range modeBits {
		if h.Mode&m != 0 {
			mode |= bit
		}
	}
	return mode
}

// finish gives directories their attributes, which writing into them would
// have changed or forbidden.
func (u *unpacker) finish() error {
	names := slices.Sorted(maps.Keys(u.dirs))
	for _, name := range slices.Backward(names) { // the inner before the outer
		h := u.dirs[name]
		if u.owner {
			if err := u.root.Lchown(name, h.Uid, h.Gid); err != nil {
				return err
			}
		}
		if err := u.root.Chmod(name, fileMode(h)); err != nil {
			return err
		}
		if !dated(h) {
			continue
		}
		if err := u.root.Chtimes(name, h.ModTime, h.ModTime); err != nil {
			return err
		}
	}
	return nil
}
