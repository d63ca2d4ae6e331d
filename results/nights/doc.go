// Package nights judges runs that repeat one another, such as a job that runs every
// night: the last one against a frozen baseline and the nights since (a gate). It reads
// nothing and writes nothing.
//
//  1. A series has the values of each task on each occasion (series.go).
//  2. A gate looks at the last night, the last 2, 4, 8, … and all since the baseline,
//     each against everything before, at a level that keeps false alarms rare over a
//     month (gate.go).
//  3. Before it cries for one night alone, the tasks that flipped may be run again
//     (confirm.go).
package nights
