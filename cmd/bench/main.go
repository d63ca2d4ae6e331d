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
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/datasets"
	"bench/internal/width"
)

const exitHelp = `Exit status:
  0    done
  1    error
  2    bad config or usage
  3    incomplete: some trials have no verdict
  4    stopped by a budget
  100  gate: a regression
  101  gate: inconclusive
  102  diff: the set-ups differ
  130  interrupted`

// main is not reached where the process is to serve a sandbox: package helper
// takes over before.
func main() {
	// Programs that are started elsewhere find a directory that is named from here.
	if dir, err := filepath.Abs(os.TempDir()); err == nil && dir != os.TempDir() {
		_ = os.Setenv("TMPDIR", dir) // else programs say what is wrong
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is the whole program: it returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	stderr = &console{w: stderr}
	ctx, stop := interruptible(stderr)
	defer stop()
	out := screen(stdout)
	door := width.NewDoor(stdout)
	out.Writer = door
	root := newRoot(out, stderr)
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
	if !started && bench.ExitStatusOf(err) == bench.ExitError {
		// An unknown command, or a flag that is missing.
		err = bench.Usagef("%w (see %s --help)", err, c.CommandPath())
	}
	if flushed := door.Flush(); err == nil {
		err = flushed
	}
	say(err, stderr)
	return int(bench.ExitStatusOf(err))
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
// ends the process at once. The end of the terminal is as good as ^C, unless it
// is to be ignored, as under nohup. Output that nobody reads any more is an error
// of who writes it, and no reason to die half way.
func interruptible(stderr io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // to ignore it would be inherited
	go func() {                                             // ends with the process
		heed(signals, stderr, func() { cancel(bench.ErrInterrupted) })
		os.Exit(int(bench.ExitInterrupted))
	}()
	return ctx, func() { cancel(nil) }
}

// stopTime is how long a process may take to stop in order that somebody else's program
// has told to: a cluster's, which kills what does not. All that is known is in the database.
const stopTime = 2 * time.Minute

// heed stops the work at the first signal, and returns when it is time to leave whatever
// is still at work: at the second one, or some time after SIGTERM.
func heed(signals <-chan os.Signal, stderr io.Writer, stop func()) {
	first := <-signals
	fmt.Fprintln(stderr, "stopping; ^C again leaves at once")
	stop()
	var late <-chan time.Time
	if first == syscall.SIGTERM {
		late = time.After(stopTime)
	}
	select {
	case <-signals:
	case <-late:
		fmt.Fprintf(stderr, "not stopped after %s: leaving; what is left behind, the next run removes\n",
			stopTime)
	}
}

// say prints an error. Mistakes in configs and rows name their own places.
func say(err error, stderr io.Writer) {
	var (
		bad  config.Errors
		rows *datasets.Errors
	)
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE):
	case errors.As(err, &bad), errors.As(err, &rows):
		fmt.Fprintln(stderr, err)
	default:
		fmt.Fprintln(stderr, "bench:", err)
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
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return bench.Usagef("%w (see %s --help)", err, c.CommandPath())
	})
	cobra.EnableCommandSorting = false
	for _, g := range groups() {
		root.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
		for _, c := range g.commands {
			c.GroupID = g.title
		}
		root.AddCommand(g.commands...)
		root.SetHelpCommandGroupID(g.title) // the last one
		root.SetCompletionCommandGroupID(g.title)
	}
	root.InitDefaultCompletionCmd()
	completes(root)
	return root
}

// group is a heading of the help and the commands below it.
type group struct {
	title    string
	commands []*cobra.Command
}

// groups lists the commands in the order of a user's day.
func groups() []group {
	return []group{
		{"Run agents:", []*cobra.Command{
			newPlan(), newRun(), newResume(), newReplay(), newTry(), newGateway(),
		}},
		{"Look at results:", []*cobra.Command{
			newRuns(), newStatus(), newCompare(), newGate(), newDiff(), newShow(), newExamine(), newReport(),
			newView(), newPlot(),
			newExport(), newImport(),
		}},
		{"Judge patches and tasks:", []*cobra.Command{newGrade(), newVerify()}},
		{"Prepare:", []*cobra.Command{
			newDataset(), newImages(), newValidate(), newDoctor(), newEngines(), newPrices(), newSchema(),
			newSimulate(),
		}},
		{"Other:", []*cobra.Command{newDB(), newClean(), newMan(), newVersion()}},
	}
}
