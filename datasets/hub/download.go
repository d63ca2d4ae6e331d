package hub

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// download makes path the content of a file of a commit. What is there already
// is kept if it is sound; what a broken download left is resumed.
func (h *Hub) download(ctx context.Context, repo, commit string, f file, path string) error {
	if info, err := os.Stat(path); err == nil && info.Size() == f.Size && f.sound(path) == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	part := path + ".part"
	u := h.endpoint.JoinPath("datasets", repo, "resolve", commit, escapePath(f.Path))
	damaged := 0
	err := h.again(ctx, f.Path, func() (bool, error) {
		advanced, err := h.carryOn(ctx, u, f, part)
		if err != nil {
			return advanced, err
		}
		if err := f.sound(part); err != nil {
			if damaged++; damaged > 1 { // twice the same is no accident of the line
				err = &refusal{err.Error()}
			}
			return false, errors.Join(err, os.Remove(part))
		}
		return true, nil
	})
	if err == nil {
		err = os.Rename(part, path)
	}
	if errors.Is(err, syscall.ENOSPC) {
		err = fmt.Errorf("the disk is full; %d MB are needed in %s (BENCH_CACHE names another "+
			"directory): %w", f.Size>>20, filepath.Dir(path), err)
	}
	if err != nil {
		return fmt.Errorf("download %s: %w", f.Path, err)
	}
	return nil
}

// escapePath writes a path as part of an address.
func escapePath(path string) string {
	parts := strings.Split(path, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}

// sound compares a file with its checksum.
func (f file) sound(path string) error {
	r, err := os.Open(path)
	if err != nil {
		return err
	}
	defer r.Close()
	h := f.hash()
	if _, err := io.Copy(h, r); err != nil {
		return err
	}
	_, want, _ := strings.Cut(f.checksum(), ":")
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("checksum %.12s…, want %.12s…", got, want)
	}
	return nil
}

// carryOn downloads what is missing of part. advanced says whether anything
// came.
func (h *Hub) carryOn(
	ctx context.Context, u *url.URL, f file, part string,
) (advanced bool, err error) {
	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	have, err := out.Seek(0, io.SeekEnd)
	if err != nil || have == f.Size {
		return false, err
	}
	if have > f.Size {
		have = 0
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(h.stall, func() { cancel(fmt.Errorf("nothing came for %s", h.stall)) })
	defer watch.Stop()
	resp, err := h.get(ctx, u, have)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if err := accept(resp, http.StatusOK, http.StatusPartialContent,
		http.StatusRequestedRangeNotSatisfiable); err != nil {
		return false, err
	}
	if !strings.HasPrefix(resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", have)) {
		have = 0 // the server sends all of it, or has another file
	}
	if resp.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		return false, errors.Join(errors.New(resp.Status), out.Truncate(0))
	}
	if have == 0 {
		if err := startOver(out); err != nil {
			return false, err
		}
	}
	n, err := io.Copy(out, &watched{
		r: io.LimitReader(resp.Body, f.Size-have), watch: watch, hub: h, file: f, done: have,
	})
	if err == nil && have+n < f.Size {
		err = io.ErrUnexpectedEOF
	}
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	return n > 0, err
}

// startOver empties a file, if anything is in it.
func startOver(f *os.File) error {
	if at, err := f.Seek(0, io.SeekEnd); err != nil || at == 0 {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return f.Truncate(0)
}

// watched is a download that is reported now and then, and ended when nothing
// comes.
type watched struct {
	r     io.Reader
	watch *time.Timer
	hub   *Hub
	file  file
	done  int64
	last  time.Time
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.watch.Reset(w.hub.stall)
	w.done += int64(n)
	if now := time.Now(); now.Sub(w.last) > reportInterval {
		if !w.last.IsZero() {
			w.hub.progress("%s: %d of %d MB", w.file.Path, w.done>>20, w.file.Size>>20)
		}
		w.last = now
	}
	return n, err
}
