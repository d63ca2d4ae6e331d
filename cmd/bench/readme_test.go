package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents are all texts that name commands. Package examples runs the console
// blocks of some of them; here every mention is held against what there is.
func documents(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"*.md", "docs/*.md", "examples/*.yaml", "examples/*/*.md",
		"examples/*/*.yaml", "Makefile", "examples/*/*/*.md"} {
		found, err := filepath.Glob("../../" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 10 {
		t.Fatalf("only %d documents", len(files))
	}
	return files
}

var (
	// A command on a line of its own, perhaps in a comment, or between backticks.
	commandLine = regexp.MustCompile("(?m)^[ #$\t]*(?:[A-Z_]+=\\S+ )*" +
		"(?:go run \\./cmd/bench|bin/bench|bench) +([a-z].*)$")
	commandSpan = regexp.MustCompile("`(?:go run \\./cmd/bench|bench) +([a-z][^`]*)`")
	makeTarget  = regexp.MustCompile("(?m)^[ #$\t]*make ([a-z]+)|`make ([a-z]+)[^`]*`")
	flagName    = regexp.MustCompile(`(?:^|[\s\[(])(--?[a-z][a-z-]*)`)
)

// Every command and flag that a document names exists, and so does every target
// of make.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	makefile := read(t, "../../Makefile")
	commands, targets := 0, 0
	for _, file := range documents(t) {
		text := read(t, file)
		mentions := commandSpan.FindAllStringSubmatch(text, -1)
		mentions = append(mentions, commandLine.FindAllStringSubmatch(literal(file, text), -1)...)
		for _, m := range mentions {
			commands++
			if why := unknown(m[1]); why != "" {
				t.Errorf("%s: bench %s: %s", file, m[1], why)
			}
		}
		for _, m := range makeTarget.FindAllStringSubmatch(text, -1) {
			targets++
			if name := m[1] + m[2]; !strings.Contains(makefile, "\n"+name+":") {
				t.Errorf("%s: make %s: there is no such target", file, name)
			}
		}
	}
	if commands < 15 || targets < 3 {
		t.Errorf("only %d commands and %d targets found", commands, targets)
	}
}

// literal is what a document shows as it is: in Markdown the fenced blocks.
func literal(file, text string) string {
	if filepath.Ext(file) != ".md" {
		return text
	}
	var b strings.Builder
	for i, part := range strings.Split("\n"+text, "\n```") {
		if i%2 == 1 {
			b.WriteString(part)
		}
	}
	return b.String()
}

// unknown says which part of a command line does not exist, if one does not.
func unknown(line string) string {
	line, _, _ = strings.Cut(line, " #")
	line, _, _ = strings.Cut(line, " | ")
	c, _, err := newRoot(io.Discard, io.Discard).Find(strings.Fields(line))
	if err != nil {
		return err.Error()
	}
	if !c.HasParent() {
		return "no such command"
	}
	for _, m := range flagName.FindAllStringSubmatch(line, -1) {
		name := strings.TrimLeft(m[1], "-")
		if name == "help" {
			continue
		}
		known := c.Flags().Lookup(name) != nil
		if !strings.HasPrefix(m[1], "--") && len(name) == 1 {
			known = c.Flags().ShorthandLookup(name) != nil
		}
		if !known {
			return "no flag " + m[1]
		}
	}
	return ""
}

// Every verb has a line of help and a script.
func TestEveryVerb(t *testing.T) {
	t.Parallel()
	var names []string
	for _, c := range newRoot(io.Discard, io.Discard).Commands() {
		names = append(names, c.Name())
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("bench %s: short help %q", c.Name(), c.Short)
		}
	}
	scripts, err := os.ReadDir("testdata/script")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		tested := slices.Contains([]string{"clean", "version", "schema", "gateway"}, name) // elsewhere
		for _, s := range scripts {
			tested = tested || strings.Contains(s.Name(), name)
		}
		if !tested {
			t.Errorf("bench %s has no script in testdata", name)
		}
	}
}
