package images

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// records say which images of an engine were pulled or built here, and when
// each was last used. Every image has a file of its own, which is replaced in
// one step and whose modification time is that of the last use: processes that
// run at the same time need no lock, and what they cannot agree on is at worst
// forgotten. An image without a record is somebody else's and stays.
type records struct {
	root string // of all engines; "" keeps none

	mu  sync.Mutex
	dir string // of the engine, once it is known
}

// record is one image that was pulled or built here.
type record struct {
	ID    string   `json:"id"`
	Names []string `json:"names"` // that it was given here, as the engine lists them

	used time.Time
}

// of returns the directory of the pool's engine, "" if nothing is kept.
func (r *records) of(ctx context.Context, p *Store) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.root == "" || r.dir != "" {
		return r.dir, nil
	}
	id, err := engineID(ctx, p.engine)
	if err != nil {
		return "", fmt.Errorf("identify the engine: %w", err)
	}
	dir := filepath.Join(r.root, strings.ReplaceAll(id, ":", "-"))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	r.dir = dir
	return dir, nil
}

func recordFile(dir, id string) string {
	return filepath.Join(dir, strings.TrimPrefix(id, "sha256:")+".json")
}

// remember records that an image was made here, and under which names.
func (st *Store) remember(ctx context.Context, id string, names ...string) error {
	dir, err := st.records.of(ctx, st)
	if err != nil || dir == "" {
		return err
	}
	r, err := readRecord(recordFile(dir, id))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	r.ID, r.Names = id, append(r.Names, names...)
	slices.Sort(r.Names)
	r.Names = slices.Compact(r.Names)
	if err := writeRecord(dir, r); err != nil {
		return fmt.Errorf("record image %s: %w", names[0], err)
	}
	return nil
}

// touch records that an image is used now, if it was made here.
func (st *Store) touch(ctx context.Context, id string) error {
	dir, err := st.records.of(ctx, st)
	if err != nil || dir == "" {
		return err
	}
	now := time.Now()
	err = os.Chtimes(recordFile(dir, id), now, now)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// disown removes the record of an image that is gone.
func (st *Store) disown(ctx context.Context, id string) error {
	dir, err := st.records.of(ctx, st)
	if err != nil || dir == "" {
		return err
	}
	err = os.Remove(recordFile(dir, id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// recorded returns all records of the engine, by image id.
func (st *Store) recorded(ctx context.Context) (map[string]record, error) {
	dir, err := st.records.of(ctx, st)
	if err != nil || dir == "" {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	all := map[string]record{}
	for _, file := range files {
		r, err := readRecord(file)
		switch {
		case errors.Is(err, fs.ErrNotExist): // another process has removed the image
		case err != nil:
			return nil, err
		default:
			all[r.ID] = r
		}
	}
	return all, nil
}

func readRecord(file string) (r record, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("read %s: %w", file, err)
	}
	fi, err := os.Stat(file)
	if err != nil {
		return r, err
	}
	r.used = fi.ModTime()
	return r, nil
}

func writeRecord(dir string, r record) error {
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "new-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing is there any more if all goes well
	_, err = f.Write(b)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), recordFile(dir, r.ID))
}
