package results

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"bench"
)

// held is the file of a store that writes, and its log (-wal), as they were opened. What
// is written to files that were removed, or behind a log that was cut, is lost with the
// process. Only the leader of a commit uses it.
type held struct {
	path      string
	conn      *sql.Conn   // which writes; it has the files open, wherever they are
	file, log os.FileInfo // log is nil where there is none, as on some file systems of networks
	pageSize  int64
	err       error // once they are gone
}

func hold(ctx context.Context, path string, conn *sql.Conn) (*held, error) {
	h := &held{path: path, conn: conn}
	err := conn.QueryRowContext(ctx, "PRAGMA page_size").Scan(&h.pageSize)
	if err == nil {
		h.file, err = os.Stat(path)
	}
	if log, missing := os.Stat(path + "-wal"); missing == nil {
		h.log = log
	}
	return h, err
}

// gone is an error if the files are no longer where they were opened, or not as they were
// written. What was committed is saved then, once.
func (h *held) gone() error {
	if h.err != nil {
		return h.err
	}
	what := "the database was removed while it was written to"
	err := same(h.path, h.file)
	if err == nil && h.log != nil {
		what = "the log of the database was removed while it was written to"
		err = same(h.path+"-wal", h.log)
	}
	if err == nil && h.log != nil {
		what = "the log of the database was cut while it was written to"
		err = h.cut()
	}
	if err == nil {
		return nil
	}
	h.err = h.saved(fmt.Errorf("%s: %w", what, err))
	return h.err
}

// same is an error if a file is not where it was.
func same(path string, was os.FileInfo) error {
	now, err := os.Stat(path)
	if err == nil && !os.SameFile(now, was) {
		err = errors.New("another file is in its place")
	}
	return err
}

// cut is an error if the log is shorter than what SQLite has written to it. SQLite itself
// only finds that when it reads there, which may be when the run is over.
func (h *held) cut() error {
	var err error
	for range 3 { // another process may just have folded the log into the file
		if err = h.short(); err == nil {
			return nil
		}
	}
	return err
}

// short is an error if the log is shorter than its frames: sqlite.org/fileformat.html, 4.1.
func (h *held) short() error {
	var busy, frames, folded int64
	err := h.conn.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(NOOP)").
		Scan(&busy, &frames, &folded)
	if err != nil {
		return nil //nolint:nilerr // what is wrong shows when it is written to
	}
	info, err := os.Stat(h.path + "-wal")
	if err != nil {
		return err
	}
	if want := 32 + frames*(24+h.pageSize); frames > 0 && info.Size() < want {
		return fmt.Errorf("%s-wal has %d bytes of at least %d", h.path, info.Size(), want)
	}
	return nil
}

// saved copies what was committed to a file of its own, as long as it can be read, and says
// so with an error. The old place is left alone: a log that lies there would be taken for
// that of the copy.
func (h *held) saved(why error) error {
	for _, dir := range []string{filepath.Dir(h.path), os.TempDir()} {
		f, err := os.CreateTemp(dir, filepath.Base(h.path)+".saved-*")
		if err != nil {
			continue
		}
		_, err = h.conn.ExecContext(context.Background(), "VACUUM INTO ?", f.Name())
		if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
			err = sound(context.Background(), f.Name())
		}
		if err == nil {
			return &bench.Failure{
				Status: bench.ExitError, Err: why,
				Hint: fmt.Sprintf("what was committed is in %s, and bench resume RUN --db %[1]s carries on",
					f.Name()),
			}
		}
		_ = os.Remove(f.Name()) // nothing of use is in it
	}
	return fmt.Errorf("%w: no copy of what was committed could be made", why)
}
