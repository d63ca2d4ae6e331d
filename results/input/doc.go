// Package input reads trials that were made elsewhere, checks them, and turns
// them into the events of a run.
//
//  1. Trials reads them from lines of JSON (trials.go, fields.go), Predictions
//     from predictions and the official harness's reports of them (predictions.go),
//     Trajectories from files of ATIF and mini-swe-agent (trajectories.go).
//  2. Set checks that configurations agree with themselves and that no trial comes
//     twice (set.go), and says the events (events.go).
package input
