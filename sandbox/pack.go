package sandbox

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Pack writes a directory of this machine and all below it, as prefix; "" puts its
// entries at the top. Links stay links, and root owns everything.
func Pack(w *tar.Writer, dir, prefix string) error {
	return PackSome(w, dir, prefix, func(string) (Packing, error) { return PackIt, nil })
}

// Packing says what becomes of a file or directory.
type Packing int

// The choices.
const (
	PackIt   Packing = iota
	PassOver         // but not over what is below it
	LeaveOut         // with all below it
)

// PackSome is Pack of what choose says, by names below the directory.
func PackSome(
	w *tar.Writer, dir, prefix string, choose func(name string) (Packing, error),
) error {
	return filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(filepath.ToSlash(strings.TrimPrefix(file, dir)), "/")
		if name != "" {
			how, err := choose(name)
			switch {
			case err != nil:
				return err
			case how == LeaveOut && d.IsDir():
				return fs.SkipDir
			case how != PackIt:
				return nil
			}
		}
		if name = path.Join(prefix, name); name == "" {
			return nil
		}
		return packFile(w, file, name, d)
	})
}

func packFile(w *tar.Writer, file, name string, d fs.DirEntry) error {
	fi, err := d.Info()
	if err != nil {
		return err
	}
	h := &tar.Header{
		Name: name, Mode: int64(fi.Mode().Perm()), ModTime: fi.ModTime(), Format: tar.FormatPAX,
	}
	switch {
	case fi.IsDir():
		h.Typeflag, h.Name = tar.TypeDir, name+"/"
		return w.WriteHeader(h)
	case fi.Mode()&fs.ModeSymlink != 0:
		if h.Linkname, err = os.Readlink(file); err != nil {
			return err
		}
		h.Typeflag = tar.TypeSymlink
		return w.WriteHeader(h)
	case !fi.Mode().IsRegular():
		return fmt.Errorf("pack %s: neither file, directory nor link", name)
	}
	h.Typeflag, h.Size = tar.TypeReg, fi.Size()
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// PutDir copies a directory of this machine to dir, an absolute path inside.
func PutDir(ctx context.Context, box Sandbox, from, dir string) error {
	r, w := io.Pipe()
	packed := make(chan struct{})
	go func() { // the deferred function waits
		defer close(packed)
		t := tar.NewWriter(w)
		err := Pack(t, from, "")
		if err == nil {
			err = t.Close()
		}
		w.CloseWithError(err)
	}()
	defer func() { r.Close(); <-packed }()
	return box.CopyIn(ctx, dir, r)
}
