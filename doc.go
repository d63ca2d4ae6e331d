// Package bench holds what every other package uses: tasks,
// configurations, trials, outcomes, usage and prices, budgets, events, and the
// fold that turns a run's events into its state.
//
// It is pure: standard library only, no I/O, no goroutines. A type is here
// when two packages need it. Start with trial.go (what is measured), then
// event.go (what is recorded), then run.go (how records become state).
package bench
