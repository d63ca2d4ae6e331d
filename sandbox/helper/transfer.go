//go:build unix

package helper

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
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
		h.ChangeTime = lastChange(st) // unlike the other, it cannot be set back
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
