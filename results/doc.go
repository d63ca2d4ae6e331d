// Package results keeps what happened: every event of every run in one SQLite
// file, and the tables a person queries.
//
//  1. A Store is one file. Append writes an event, its bodies and its rows in
//     the tables (the projections) in one transaction, and returns once it
//     would survive a crash of this process or of the machine.
//  2. Commits are grouped: a caller that finds no commit under way leads one for
//     everyone who is waiting, so a thousand agents share a disk flush.
//  3. Projections hold nothing that is not in the log; only the log is truth.
//  4. Queries return plain values. Money is bench.USD, absent times are zero.
//
// Start with migrations/0001_init.sql (the tables), then project.go (how an
// event becomes rows). Package results/compare turns the rows into numbers.
package results
