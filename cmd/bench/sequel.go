package main

import (
	"os"
	"path/filepath"
	"strings"

	"bench"
	"bench/results"
)

// sequel is what a user can do about a run that has ended: commands as a shell takes them.
type sequel struct {
	goOn  string // carries the run on
	again string // tries trials without a verdict again; "" if nothing does
}

// resumed is the sequel of a run that can be resumed.
func resumed(store *results.Store, id string) sequel {
	resume := "bench resume " + id + dbOption(store)
	return sequel{goOn: resume, again: resume + " --only infra"}
}

// unfinished is the error of a run that has ended and left n trials without a verdict.
func (s sequel) unfinished(n int) error {
	if n == 0 || s.again == "" {
		return noVerdict(n, "trial")
	}
	return &bench.Failure{
		Status: bench.ExitIncomplete, Err: noVerdict(n, "trial"),
		Hint: "bench status says why; to try again: " + s.again,
	}
}

// dbOption is the option that names a database, with a blank before it, where it must be
// named.
func dbOption(store *results.Store) string {
	if path := shortPath(store.Path()); path != "bench.db" {
		return " --db " + quote(path)
	}
	return ""
}

// shortPath is a path as seen from the directory of the process, if it lies in it.
func shortPath(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, abs); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}

// plainChars are those that mean nothing to a shell.
const plainChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+=,"

// quote is a word as a shell takes it.
func quote(word string) string {
	if word != "" && strings.Trim(word, plainChars) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
