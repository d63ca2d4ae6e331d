// Package compare turns the facts of runs into a comparison: what each
// configuration resolved, what it cost, how its agents worked together, and
// whether a candidate is as good as the baseline and cheaper.
//
//  1. The work on each trial (work.go) becomes sums (sums.go): numbers that can be
//     added up, from money.go, caches.go, batches.go, critical.go, escalation.go,
//     reports.go, lines.go, roles.go. Other prices take the place of the runs'
//     before that (reprice.go).
//  2. A column is a configuration with its trials and their sums together
//     (column.go, ends.go).
//  3. A metric is one entry of a list (metric.go, metrics_*.go) that computes its
//     own value from a column. All formats and docs/metrics.md show the list.
//  4. Pairs match the trials of two configurations task by task (pairs.go);
//     package verdict judges them.
//
// Rules that hold everywhere: a trial that infrastructure or the user ended has
// no verdict and is left out of rates, pairs and costs per task, but counted
// and paid for; a number without data is NaN and prints as a dash, null in
// JSON; every rate stands beside its n.
package compare
