// Package verdict judges a candidate against a baseline: paired observations and
// stated assumptions in, a typed verdict with its evidence and warnings out. It
// matches no trials (package compare does) and writes no sentences (package
// report does).
//
//  1. Weigh turns pairs into evidence: counts, the difference with its interval
//     and test, the cost ratio with its interval (evidence.go).
//  2. Judge reads the verdict off the evidence: one word each for quality and
//     cost, and one for both (verdict.go).
//  3. Warnings limit a verdict, favourable ones included (warning.go).
package verdict
