package results

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"bench"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Store is the event log of any number of runs, and the tables derived from
// it. It is safe for concurrent use; several processes may hold the same file.
type Store struct {
	path   string
	reader *sql.DB // read-only pool
	writer *sql.DB // one connection; nil in a read-only store
	tx     *writer // owned by the goroutine that leads a commit
	pack   *packer
	file   fs.FileInfo // as it was opened for writing
	// immutable: it lies where it cannot be written beside it.
	immutable bool

	mu      sync.Mutex
	waiting []*pending // appended, not yet part of a commit
	leading bool       // someone commits now and looks at waiting afterwards
	closed  bool
	appends sync.WaitGroup
}

// Errors callers branch on; the text of the error around them is for people.
var (
	// ErrNotFound: no such run, trial or body.
	ErrNotFound = errors.New("not found")
	// ErrDropped: the body was dropped, as retention wants it.
	ErrDropped = errors.New("it was dropped by bench runs drop-bodies")
	// ErrOutdated: the file was made by an earlier bench, and is read once Open has
	// brought its schema up to date.
	ErrOutdated = errors.New("made by an earlier bench")
	// ErrClosed: the store was closed.
	ErrClosed = errors.New("store is closed")
	// ErrDamaged: the file does not hold what was written.
	ErrDamaged = errors.New("the database is damaged")
)

// Open opens the database at path for reading and writing, creates it if it
// does not exist, and brings its schema up to date.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := regular(path); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db, err := sql.Open("sqlite", dsn(path, writeParams))
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	s := &Store{path: path, writer: db}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, explain(err)), s.close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	if s.pack, err = newPacker(); err != nil {
		return err
	}
	s.tx = newWriter(conn, s.pack)
	if err := migrate(ctx, conn); err != nil {
		return err
	}
	if s.file, err = os.Stat(s.path); err != nil {
		return err
	}
	return s.openReader(ctx, readParams)
}

// connect waits while another process turns a new file into one with a log of its
// own (WAL): that needs the file alone, and SQLite's busy timeout is not for it
// (sqlite.org/wal.html, "Sometimes Queries Return SQLITE_BUSY In WAL Mode").
func (s *Store) connect(ctx context.Context) (*sql.Conn, error) {
	for end := time.Now().Add(10 * time.Second); ; {
		conn, err := s.writer.Conn(ctx)
		if code(err) != sqlite3.SQLITE_BUSY || time.Now().After(end) {
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// gone is an error if the file is no longer where it was opened. What would be
// written to one that was removed is lost with the process.
func (s *Store) gone() error {
	now, err := os.Stat(s.path)
	if err == nil && !os.SameFile(now, s.file) {
		err = errors.New("another file is in its place")
	}
	if err != nil {
		return fmt.Errorf("the database was removed while it was written to: %w", err)
	}
	return nil
}

// OpenReadOnly opens an existing database without the right to change it. A
// file that lies in a directory one may not write to can be read, too.
func OpenReadOnly(ctx context.Context, path string) (*Store, error) {
	s := &Store{path: path}
	err := func() error {
		if _, err := os.Stat(path); err != nil {
			return err
		}
		if err := regular(path); err != nil {
			return err
		}
		err := s.openReader(ctx, readParams)
		if code(err) == sqlite3.SQLITE_CANTOPEN && !exists(path+"-wal") {
			// A database in WAL mode wants a file beside it; one that nobody
			// has open is complete without.
			s.immutable = true
			err = errors.Join(s.close(), s.openReader(ctx, immutableParams))
		}
		if err != nil {
			return err
		}
		if s.pack, err = newPacker(); err != nil {
			return err
		}
		return checkVersion(ctx, s.reader)
	}()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, explain(err)), s.close())
	}
	return s, nil
}

func (s *Store) openReader(ctx context.Context, params string) error {
	db, err := sql.Open("sqlite", dsn(s.path, params))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(max(2, runtime.GOMAXPROCS(0)))
	s.reader = db
	var n int
	return db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n)
}

// Path is the file the store was opened with.
func (s *Store) Path() string { return s.path }

// Close waits for commits under way and closes the file. Appends that come
// later fail with ErrClosed.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.appends.Wait()
	if err := s.close(); err != nil {
		return fmt.Errorf("close database %s: %w", s.path, explain(err))
	}
	return nil
}

// close lets go of the reader first: the last connection to leave a database
// folds the write-ahead log into the file, and only the writer may.
func (s *Store) close() error {
	var errs []error
	if s.reader != nil {
		errs = append(errs, s.reader.Close())
	}
	if s.tx != nil {
		errs = append(errs, s.tx.close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	if s.pack != nil {
		s.pack.close()
	}
	return errors.Join(errs...)
}

// The parameters of connections. Pragmas are part of the data source name, as
// a pragma sent once reaches only one connection of a pool.
//
// synchronous(FULL) flushes the disk at every commit, so an event survives a
// power cut; grouped commits pay for one flush together.
const (
	writeParams = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)" +
		"&_pragma=journal_size_limit(67108864)&_pragma=cache_size(-16384)&_txlock=immediate"
	readParams = "mode=ro&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)" +
		"&_pragma=query_only(1)&_pragma=cache_size(-16384)"
	immutableParams = readParams + "&immutable=1"
)

// dsn is the data source name of a file, whatever characters its name has.
func dsn(path, params string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()}
	return u.String() + "?" + params
}

// regular refuses what SQLite would open and then fail on in obscure ways.
func regular(path string) error {
	if path == "" {
		return errors.New("no file name")
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		dir := filepath.Dir(path)
		if info, err := os.Stat(dir); err != nil {
			return err
		} else if !info.IsDir() {
			return fmt.Errorf("%s is not a directory", dir)
		}
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("is a directory")
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// code is SQLite's primary result code of an error, 0 if it has none.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// explain says what a person can do about the errors that are about the file
// rather than about the data.
func explain(err error) error {
	var why string
	switch code(err) {
	case sqlite3.SQLITE_FULL:
		return &bench.Failure{
			Status: bench.ExitError, Err: fmt.Errorf("no space left on the disk: %w", err),
			Hint: "free some, and bench resume carries on: what was committed is there",
		}
	case sqlite3.SQLITE_READONLY:
		why = "the file or its directory is read-only"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		why = "another process has locked the file for more than ten seconds"
	case sqlite3.SQLITE_CANTOPEN:
		why = "the file or its directory cannot be opened"
	case sqlite3.SQLITE_NOTADB:
		why = "not a SQLite database"
	case sqlite3.SQLITE_CORRUPT:
		if errors.Is(err, ErrDamaged) {
			return err
		}
		return damage(err)
	case sqlite3.SQLITE_IOERR:
		why = "the disk failed"
	default:
		return err
	}
	return fmt.Errorf("%s: %w", why, err)
}

// ofFile reports whether an error would hit any other write just as well.
func ofFile(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY,
		sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB,
		sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM:
		return true
	}
	return false
}
