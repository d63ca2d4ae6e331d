package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bench"
)

// program runs bench in a directory and returns its output and exit status.
func program(t *testing.T, dir string, env []string, args ...string) (out, said string, status int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	c := exec.CommandContext(t.Context(), "bench", args...)
	c.Dir, c.Stdout, c.Stderr = dir, &stdout, &stderr
	c.Env = append(os.Environ(), env...)
	if err := c.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Fatal(err)
		}
	}
	return stdout.String(), stderr.String(), c.ProcessState.ExitCode()
}

// Every bad config that package config knows ends with status 2 and its golden
// message on stderr, to the letter.
func TestBadConfigs(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../config/testdata/bad/*.yaml")
	if err != nil || len(files) < 16 {
		t.Fatalf("%d bad configs, %v", len(files), err)
	}
	for _, file := range files {
		if filepath.Base(file) == "dataset_name_only.yaml" {
			continue // whether a name is enough depends on what was downloaded
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			args := append([]string{"validate", "testdata/bad/" + filepath.Base(file)}, setLines(t, file)...)
			out, said, status := program(t, "../../config",
				[]string{"KEY=sk-secret-value", "NAME=n", "EMPTY=", "USER_NAME=user", "PASSWORD=pass", "URL_KEY=secret"},
				args...)
			if status != int(bench.ExitUsage) || out != "" {
				t.Errorf("status %d, output %q", status, out)
			}
			want := read(t, strings.TrimSuffix(file, "yaml")+"want")
			if got, want := blocks(said), blocks(want); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// blocks are messages without what depends on the tables built in: the golden
// files were made with others.
func blocks(messages string) string {
	var keep []string
	for block := range strings.SplitSeq(strings.TrimSpace(messages), "\n\n") {
		if strings.Contains(block, "the price table does not know the model \"acme/") {
			continue
		}
		block, _, _ = strings.Cut(block, "? the names are ")
		keep = append(keep, block)
	}
	return strings.Join(keep, "\n\n")
}

// setLines are the flags that a bad config wants to be read with.
func setLines(t *testing.T, file string) []string {
	t.Helper()
	var flags []string
	for line := range strings.Lines(read(t, file)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), "# set: "); ok {
			flags = append(flags, "--set", value)
		}
	}
	return flags
}

// Likewise every bad dataset, through the command that needs nothing else.
func TestBadDatasets(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../datasets/testdata/bad/*.want")
	if err != nil || len(files) < 6 {
		t.Fatalf("%d bad datasets, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".want")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, said, status := program(t, "../../datasets", nil,
				"grade", "--predictions", "gold", "--dataset", "testdata/bad/"+name)
			if status != int(bench.ExitUsage) || out != "" {
				t.Errorf("status %d, output %q", status, out)
			}
			if want := read(t, file); strings.TrimPrefix(said, "bench: ") != want {
				t.Errorf("got:\n%s\nwant:\n%s", said, want)
			}
		})
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
