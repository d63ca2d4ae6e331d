// Package compare turns the facts of runs into a comparison: what each
// configuration resolved, what it cost, how its agents worked together, and
// whether a candidate is as good as the baseline and cheaper.
//
//  1. Of collects the trials of each configuration (collect.go) and measures
//     them: verdicts (measure.go), money (money.go), batches and work side by
//     side (batches.go), escalations (escalation.go), reads and edits
//     (lines.go). Other prices take the place of the runs' before all that
//     (reprice.go).
//  2. Pairs match the trials of two configurations task by task (pairs.go);
//     package verdict judges them.
//  3. Metrics (metric.go, metrics_*.go) say what every number means; all formats show them.
//
// Rules that hold everywhere: a trial that infrastructure or the user ended has
// no verdict and is left out of rates, pairs and costs per task, but counted
// and paid for; a number without data is NaN and prints as a dash, null in
// JSON; every rate stands beside its n.
package compare
