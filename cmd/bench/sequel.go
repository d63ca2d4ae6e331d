package main

import (
	"os"
	"path/filepath"
	"strings"

	"bench"
)

// sequel is what a user can do about a run that has ended: commands as a shell takes them.
type sequel struct {
	goOn  string // carries the run on
	why   string // says why trials have no verdict
	again string // tries trials without a verdict again; "" if nothing does
}

// resumed is the sequel of a run, of the database at a path, that can be resumed.
func resumed(path, id string) sequel {
	db := dbOption(path)
	resume := "bench resume " + id + db
	return sequel{goOn: resume, why: "bench status " + id + db, again: resume + " --only infra"}
}

// unfinished is the error of a run that has ended and left n trials without a verdict.
func (s sequel) unfinished(n int) error {
	if n == 0 || s.again == "" {
		return noVerdict(n, "trial")
	}
	return &bench.Failure{
		Status: bench.ExitIncomplete, Err: noVerdict(n, "trial"),
		Hint: "why: " + s.why + "; to try them again, when that is mended: " + s.again,
	}
}

// dbOption is the option that names a database, with a blank before it, where it must be
// named.
func dbOption(path string) string {
	if path = shortPath(path); path != defaultDB {
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
