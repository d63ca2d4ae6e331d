//go:build unix

package helper

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// transfer is the helper's side of an archive that comes or goes. One
// goroutine (run) owns it.
type transfer struct {
	s    *server
	id   uint32
	path string
	out  *outbox
	in   *inbox
}

func newTransfer(s *server, id uint32, path string) *transfer {
	t := &transfer{s: s, id: id, path: path, in: newInbox(s.refill(id))}
	t.out = newOutbox(func(b []byte) error { return s.w.send(frame{kindData, id, b}) })
	return t
}

var errKilled = errors.New("transfer was ended")

func (t *transfer) data(b []byte)         { t.in.put(b) }
func (t *transfer) end()                  { t.in.end(io.EOF) }
func (t *transfer) credit(n int)          { t.out.add(n) }
func (t *transfer) signal(syscall.Signal) {}
func (t *transfer) kill()                 { t.in.abort(errKilled); t.out.close(errKilled) }

func (t *transfer) run(k kind) {
	var err error
	switch {
	case !filepath.IsAbs(t.path):
		err = fmt.Errorf("%s: not an absolute path", t.path)
	case k == kindUnpack:
		err = unpack(t.path, t.in)
	default:
		err = t.pack()
	}
	if err != nil {
		t.s.exit(t.id, faulty(err), nil)
		return
	}
	t.s.exit(t.id, exit{}, nil)
}

func (t *transfer) pack() error {
	fi, err := os.Stat(t.path)
	if err != nil {
		return err
	}
	t.s.w.send(frame{kindOpened, t.id, nil})
	buf := bufio.NewWriterSize(t.out, chunk)
	w := tar.NewWriter(buf)
	if err := pack(w, t.path, fi); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return buf.Flush()
}

// pack writes top, a file or directory described by fi, to w.
func pack(w *tar.Writer, top string, fi fs.FileInfo) error {
	base := filepath.Base(top)
	if base == "/" {
		base = "."
	}
	if !fi.IsDir() {
		return packEntry(w, top, base, fi)
	}
	top, err := filepath.EvalSymlinks(top) // which WalkDir would not follow
	if err != nil {
		return err
	}
	return filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone since its directory was read
		}
		if err != nil {
			return err
		}
		fi, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		rest := strings.TrimPrefix(strings.TrimPrefix(name, top), "/")
		return packEntry(w, name, path.Join(base, rest), fi)
	})
}

// packEntry writes one entry. A file that changes its size meanwhile is cut, or
// filled up with zeros.
func packEntry(w *tar.Writer, file, name string, fi fs.FileInfo) error {
	h := &tar.Header{
		Name: name, Mode: int64(fi.Mode().Perm()), ModTime: fi.ModTime(), Format: tar.FormatPAX,
	}
	for bit, mode := range modeBits {
		if fi.Mode()&bit != 0 {
			h.Mode |= mode
		}
	}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		h.Uid, h.Gid = int(st.Uid), int(st.Gid)
	}
	switch {
	case fi.IsDir():
		h.Typeflag, h.Name = tar.TypeDir, name+"/"
		return w.WriteHeader(h)
	case fi.Mode()&fs.ModeSymlink != 0:
		link, err := os.Readlink(file)
		if err != nil {
			return err
		}
		h.Typeflag, h.Linkname = tar.TypeSymlink, link
		return w.WriteHeader(h)
	case !fi.Mode().IsRegular():
		return nil
	}
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	h.Typeflag, h.Size = tar.TypeReg, fi.Size()
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	n, err := io.CopyN(w, f, h.Size)
	if err == io.EOF {
		_, err = io.CopyN(w, zeros{}, h.Size-n)
	}
	return err
}

var modeBits = map[fs.FileMode]int64{
	fs.ModeSetuid: 0o4000, fs.ModeSetgid: 0o2000, fs.ModeSticky: 0o1000,
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

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

type unpacker struct {
	root  *os.Root
	owner bool // whether files can be given to their owners
	n     int  // files written, for names of temporary ones
	dirs  map[string]*tar.Header
}

func (u *unpacker) entry(h *tar.Header, r io.Reader) error {
	name := strings.TrimPrefix(path.Clean("/"+h.Name), "/")
	if name == "" {
		return nil // dir itself
	}
	if h.Typeflag == tar.TypeDir {
		return u.mkdir(name, h)
	}
	if err := u.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeReg:
		return u.file(name, h, r)
	case tar.TypeSymlink:
		return u.replace(name, h, func(tmp string) error {
			return u.root.Symlink(h.Linkname, tmp)
		})
	case tar.TypeLink:
		old := strings.TrimPrefix(path.Clean("/"+h.Linkname), "/")
		return u.replace(name, nil, func(tmp string) error { return u.root.Link(old, tmp) })
	case tar.TypeXGlobalHeader:
		return nil
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

// replace makes a new file under a temporary name and puts it in place, so that
// whoever reads it meanwhile sees the old one or the new one.
func (u *unpacker) replace(name string, h *tar.Header, create func(tmp string) error) error {
	u.n++
	tmp := path.Join(path.Dir(name),
		fmt.Sprintf(".bench-%d-%d-%d", os.Getpid(), time.Now().UnixNano(), u.n))
	err := create(tmp)
	if err == nil && h != nil && u.owner {
		err = u.root.Lchown(tmp, h.Uid, h.Gid)
	}
	if err == nil && h != nil && h.Typeflag == tar.TypeReg {
		err = u.attributes(tmp, h) // after chown, which takes setuid away
	}
	if err == nil {
		err = u.root.Rename(tmp, name)
	}
	if err != nil {
		u.root.Remove(tmp)
	}
	return err
}

func (u *unpacker) file(name string, h *tar.Header, r io.Reader) error {
	return u.replace(name, h, func(tmp string) error {
		f, err := u.root.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		if _, err = io.Copy(f, r); err != nil {
			f.Close()
			return err
		}
		return f.Close()
	})
}

func (u *unpacker) attributes(name string, h *tar.Header) error {
	mode := fs.FileMode(h.Mode & 0o777)
	for bit, m := range modeBits {
		if h.Mode&m != 0 {
			mode |= bit
		}
	}
	if err := u.root.Chmod(name, mode); err != nil {
		return err
	}
	if h.ModTime.Unix() <= 0 {
		return nil
	}
	return u.root.Chtimes(name, h.ModTime, h.ModTime)
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
		if err := u.attributes(name, h); err != nil {
			return fmt.Errorf("%s: %w", strconv.Quote(name), err)
		}
	}
	return nil
}
