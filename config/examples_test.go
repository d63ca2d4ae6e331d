package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bench"
	"bench/config"
)

// Every whole configuration in the documents is valid, but for the tasks, which
// are the reader's own.
func TestExamplesInDocuments(t *testing.T) {
	t.Parallel()
	documents, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, path := range append(documents, "../README.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range strings.Split(string(text), "```yaml\n")[1:] {
			block, _, _ = strings.Cut(block, "```")
			if !strings.Contains(block, "\nconfigurations:") || !strings.Contains(block, "dataset:") {
				continue // a part of one
			}
			found++
			if err := example(block); err != nil {
				t.Errorf("%s:\n%s\n%v", path, block, err)
			}
		}
	}
	if found < 2 {
		t.Errorf("%d examples in the documents", found)
	}
}

func example(text string) error {
	_, err := config.Parse("testdata/good/example.yaml", []byte(text), config.Options{
		Env:    func(string) (string, bool) { return "x", true },
		Prices: func(string) (bench.Price, bool) { return bench.Price{ID: "x"}, true },
		Cached: func(string) error { return nil },
		Set:    []string{"dataset.path=../tasks.jsonl"},
	})
	return err
}
