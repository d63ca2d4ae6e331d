//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bench"
	"bench/config"
)

// A run does not begin where every trial would fail, and warns of what is short.
func TestFitMachine(t *testing.T) {
	cfg := &config.Config{}
	cfg.Sandbox.Kind = config.Local
	var said bytes.Buffer
	if err := fitMachine(cfg, &said); err != nil || strings.Contains(said.String(), "open files") {
		t.Errorf("%v, said %s", err, &said)
	}
	cfg.Workers.Agents = 1 << 30
	if err := fitMachine(cfg, &said); err != nil ||
		!strings.HasPrefix(said.String(), "warning: open files: ") || !strings.Contains(said.String(), "ulimit -n") {
		t.Errorf("%v, said %s", err, &said)
	}
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	err := fitMachine(cfg, io.Discard)
	if bench.ExitStatusOf(err) != bench.ExitError || !strings.Contains(err.Error(), "nothing can be made in ") ||
		!strings.Contains(err.Error(), "export TMPDIR=") {
		t.Errorf("without a directory for temporary files: %v", err)
	}
}

// What is no file is written to, and not replaced by one.
func TestWriteFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(w io.Writer) error {
		_, err := io.WriteString(w, "whole")
		return err
	}
	for _, path := range []string{"new", "old", "link"} {
		path = filepath.Join(dir, path)
		switch filepath.Base(path) {
		case "old":
			if err := os.WriteFile(path, []byte("something longer"), 0o644); err != nil {
				t.Fatal(err)
			}
		case "link":
			if err := os.Symlink("old", path); err != nil {
				t.Fatal(err)
			}
		}
		if err := writeFile(path, write); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != "whole" {
			t.Errorf("%s: %q, %v", path, b, err)
		}
	}
	if info, err := os.Lstat(filepath.Join(dir, "link")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info.Mode(), err)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string, 1)
	go func() {
		b, err := os.ReadFile(pipe)
		read <- fmt.Sprint(string(b), err)
	}()
	if err := writeFile(pipe, write); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(pipe); err != nil || info.Mode().IsRegular() {
		t.Fatalf("the pipe is %v, %v", info.Mode(), err)
	}
	if got := <-read; got != "whole<nil>" {
		t.Errorf("through the pipe came %s", got)
	}
	if err := writeFile(dir, write); bench.ExitStatusOf(err) != bench.ExitUsage {
		t.Errorf("a directory: %v", err)
	}
}

// Commands that are printed can be pasted into a shell.
func TestQuote(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"bench.db": "bench.db", "": "''", "a b": "'a b'", "a'b": `'a'\''b'`, "a#b?": "'a#b?'", "a$b": "'a$b'",
		"/tmp/x-1_2.db": "/tmp/x-1_2.db", "ü": "'ü'",
	} {
		if got := quote(word); got != want {
			t.Errorf("%q: %s, want %s", word, got, want)
		}
	}
}
