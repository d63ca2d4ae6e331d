// Command bench checks whether a fusion of a main agent and cheap sidekicks
// is as good as one model alone, and cheaper.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"bench/config"
	"bench/datasets"
	"bench/runner"
	"bench/sandbox/helper"
)

// Exit statuses, as documented in the help text below.
const (
	exitDone        = 0
	exitError       = 1
	exitUsage       = 2
	exitIncomplete  = 3
	exitBudget      = 4
	exitInterrupted = 130
)

const exitHelp = `Exit status:
  0    done
  1    error
  2    bad config or usage
  3    incomplete: some trials have no verdict
  4    stopped by a budget
  130  interrupted`

// statusError ends the program with a status; a nil error prints nothing.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

func (e *statusError) Unwrap() error { return e.err }

func usageError(err error) error { return &statusError{exitUsage, err} }

func main() {
	helper.Main() // returns unless this process is to serve a sandbox
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the whole program: it returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	stderr = &console{w: stderr}
	ctx, stop := interruptible(stderr)
	defer stop()
	root := newRoot(stdout, stderr)
	root.SetArgs(args)
	started := false
	for _, c := range below(root) {
		verb := c.RunE
		c.RunE = func(c *cobra.Command, args []string) error {
			started = true
			return verb(c, args)
		}
	}
	c, err := root.ExecuteContextC(ctx)
	if coded := (*statusError)(nil); err != nil && !started && !errors.As(err, &coded) {
		// An unknown command, or a flag that is missing.
		err = usageError(fmt.Errorf("%w (see %s --help)", err, c.CommandPath()))
	}
	return status(err, stderr)
}

// below are all commands below one, at any depth, that do something.
func below(c *cobra.Command) (all []*cobra.Command) {
	for _, sub := range c.Commands() {
		if all = append(all, below(sub)...); sub.RunE != nil {
			all = append(all, sub)
		}
	}
	return all
}

// interruptible returns a context that the first ^C cancels; the second one
// ends the process at once.
func interruptible(stderr io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() { // ends with the process
		<-signals
		fmt.Fprintln(stderr, "stopping; ^C again leaves at once")
		cancel(runner.ErrInterrupted)
		<-signals
		os.Exit(exitInterrupted)
	}()
	return ctx, func() { cancel(nil) }
}

// status prints the error, if it has something to say, and picks the exit
// status.
func status(err error, stderr io.Writer) int {
	var (
		coded *statusError
		bad   config.Errors
		rows  *datasets.Errors
	)
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &bad), errors.As(err, &rows): // each names its place
		fmt.Fprintln(stderr, err)
		return exitUsage
	case errors.As(err, &coded):
		if coded.err != nil {
			fmt.Fprintln(stderr, "bench:", coded.err)
		}
		return coded.status
	default:
		fmt.Fprintln(stderr, "bench:", err)
		return exitError
	}
}

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "bench",
		Short: "Is a fusion of agents as good as one model alone, and cheaper?",
		Long: `bench runs coding agents on SWE-bench-style tasks in sandboxes: single models
and fusions, in which a main agent hands bounded work to cheap sidekicks. It
scores every patch as the official SWE-bench harness does and records cost,
parallelism and escalations per agent.

` + exitHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError(fmt.Errorf("%w (see %s --help)", err, c.CommandPath()))
	})
	root.AddCommand(verbs()...)
	return root
}

// verbs lists the commands in the order of a user's day.
func verbs() []*cobra.Command {
	return []*cobra.Command{
		newRun(), newResume(), newTry(), newVerify(), newGrade(),
		newRuns(), newStatus(), newCompare(), newShow(), newExport(),
		newDataset(), newImages(), newValidate(), newSchema(), newSimulate(), newClean(), newVersion(),
	}
}

// exactly is cobra.ExactArgs with a usage error.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError(fmt.Errorf("%s takes %s (see %s --help)", c.Name(), what, c.CommandPath()))
		}
		return nil
	}
}
