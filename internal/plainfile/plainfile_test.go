package plainfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bench/internal/plainfile"
)

func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{"file": "text", "in/file": "inner", "secret": "secret"} {
		if err := os.MkdirAll(filepath.Dir(at(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(at("in/pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{
		"in/link": "file", "in/out": "../secret", "in/absolute": at("secret"), "in/device": "/dev/zero",
		"in/nowhere": "none",
	} {
		if err := os.Symlink(to, at(name)); err != nil {
			t.Fatal(err)
		}
	}
	in := at("in")
	for name, want := range map[string]string{ // what is read, or a part of the error
		"in/file": "inner", "in/link": "inner", "in/out": "leads out of " + in,
		"in/absolute": "leads out of " + in, "in/device": "leads out of " + in,
		"in/pipe": "no regular file", "in/none": "no such file", "in/nowhere": "no such file",
		"file": "leads out of " + in, "in": "no regular file",
	} {
		b, err := plainfile.ReadBelow(in, at(name), 6)
		if err != nil && !strings.Contains(err.Error(), want) || err == nil && string(b) != want {
			t.Errorf("%s below: %q, %v; want %q", name, b, err, want)
		}
	}
	for name, want := range map[string]string{
		"in/out": "secret", "in/pipe": "no regular file", "in/device": "no regular file",
	} {
		b, err := plainfile.Read(at(name), 6)
		if err != nil && !strings.Contains(err.Error(), want) || err == nil && string(b) != want {
			t.Errorf("%s: %q, %v; want %q", name, b, err, want)
		}
	}
	if b, err := plainfile.Read(at("secret"), 5); err == nil {
		t.Errorf("more than may be read: %q", b)
	}
}
