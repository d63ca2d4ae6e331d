// Package storetest opens databases for tests. It is no part of resultstest, which the
// tests of package results use themselves.
package storetest

import (
	"path/filepath"
	"testing"

	"bench/results"
	"bench/results/resultstest"
)

// Stored is a new database with the runs of some specs, until the test ends.
func Stored(t testing.TB, specs ...resultstest.Spec) *results.Store {
	t.Helper()
	s, err := results.Open(t.Context(), filepath.Join(t.TempDir(), "bench.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for _, spec := range specs {
		resultstest.Write(t, s.Append, spec)
	}
	return s
}
