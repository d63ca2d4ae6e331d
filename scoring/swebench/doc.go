// Package swebench judges patches as the official SWE-bench harness does: the
// same evaluation script, the same log parsers, the same rules, the same
// report.
//
// A log goes through three steps, each a pure function:
//
//  1. read: bytes to text, newlines unified, markers found (log.go);
//  2. parse: text to a status map, one parser per test framework
//     (parsers.go has the table, parse_<framework>.go the parsers);
//  3. judge: status map and expected tests to a verdict (judge.go).
//
// Grader (grader.go) makes the log: it applies the patch in a fresh sandbox and
// runs the evaluation script (script.go) there. report.go writes the documents
// of the official harness.
//
// Two sets of rules are kept apart throughout: V5 (harness 5.0.2) and V4
// (harness 4.1.0, which almost all published results were judged with).
package swebench
