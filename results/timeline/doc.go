// Package timeline is one trial's work: who did what when, and what the trial
// waited for.
//
//  1. A Trial is assembled from the facts of a run (All) or from the detail of
//     one trial (trial.go).
//  2. Times are ranges (ranges.go). Activations have the calls of their sidekicks
//     (activation.go), less the time these only waited (times.go).
//  3. The critical path is the longest chain of work of which each part had to
//     wait for the one before it (critical.go, pauses.go).
//  4. A Timeline has a lane for each agent (lanes.go, lane_spans.go). It is what
//     `bench show --timeline` draws and writes as JSON.
package timeline
