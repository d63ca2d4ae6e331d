// Package report writes what results/compare measured and results stored, for
// people and for programs. Every function takes a value and a writer, and does
// nothing else.
//
// A table is a grid (grid.go), drawn as text or Markdown. Its
// rows come from compare.Metrics, so a new metric appears in every format. What
// is typed elsewhere is put into words here, verdicts and their warnings above
// all (verdict.go).
// Whatever rests on simulated models says so in its title.
package report
