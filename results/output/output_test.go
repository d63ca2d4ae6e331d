package output_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bench/results"
	"bench/results/output"
)

// text is an output of one file.
type text string

func (text) Name() string  { return "text" }
func (text) About() string { return "a text" }

func (x text) Write(_ context.Context, _ *results.Store, _, dir string) ([]string, error) {
	path := filepath.Join(dir, "text")
	return []string{path}, output.File(path, func(w io.Writer) error {
		_, err := io.WriteString(w, string(x))
		return err
	})
}

// A file is only replaced by one with the same content, to the last byte, unless that is
// asked for.
func TestWrite(t *testing.T) {
	t.Parallel()
	block := strings.Repeat("x", 1<<16)
	all := []text{"", "x", "y", text(block), text(block + "x"), text(block + "y"), text(block + block)}
	for i, was := range all {
		for j, now := range all {
			dir := t.TempDir()
			if _, err := output.Write(t.Context(), was, nil, "r", dir); err != nil {
				t.Fatal(err)
			}
			_, err := output.Write(t.Context(), now, nil, "r", dir)
			if (err == nil) != (i == j) {
				t.Errorf("text %d over text %d: %v", j, i, err)
			}
			if _, err := output.Overwrite(t.Context(), now, nil, "r", dir); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(filepath.Join(dir, "text")); err != nil || string(got) != string(now) {
				t.Errorf("text %d over text %d: %d bytes, %v", j, i, len(got), err)
			}
		}
	}
}
