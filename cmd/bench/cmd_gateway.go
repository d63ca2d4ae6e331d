package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/agent"
	"bench/agent/command"
	"bench/config"
	"bench/internal/plural"
	"bench/llm/gateway"
	"bench/results"
	"bench/runner"
)

// gatewayFlags are what `bench gateway` takes.
type gatewayFlags struct {
	configFlags
	configuration string
	listen        string
	runID         string
}

// gatewayInstance is the instance id of the one task there is.
const gatewayInstance = "session"

// outside is what stands for the kind of sandbox where somebody else runs the program.
const outside = "none"

func newGateway() *cobra.Command {
	var f gatewayFlags
	c := &cobra.Command{
		Use:   "gateway --config FILE",
		Short: "Let a program that you run call its models through bench",
		Long: `gateway serves the models of a configuration with a command.gateway to a program
that you run yourself, until ^C: metered, bounded by the configuration's limits,
attributed by its rules. What the program needs to know is printed first, as
variables for a shell: addresses, and a token that is worth nothing elsewhere.
Keys stay here. The calls are in the database as the one trial of a run, which
bench show draws. The dataset, the sandbox and the command of the config are not
looked at. docs/gateway.md says what is served.`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c) },
	}
	f.add(c, "YAML config (see bench schema)")
	fs := c.Flags()
	fs.StringVar(&f.configuration, "configuration", "",
		"which one (default: the only one with a gateway)")
	fs.StringVar(&f.listen, "listen", "127.0.0.1:0", "address; port 0 picks a free one")
	fs.StringVar(&f.runID, "run-id", "", "name of the run (default: its start time)")
	key(&f.configFlags, "db", "results",
		fs.String("db", "", "database file (default: the config's results)"))
	must(c.MarkFlagRequired("config"))
	return c
}

func (f *gatewayFlags) run(c *cobra.Command) (err error) {
	if f.runID, err = runID(f.runID); err != nil {
		return err
	}
	f.set = slices.Concat(f.set, ofOneTrial("."))
	cfg, err := f.load(c, forRuns())
	if err != nil {
		return err
	}
	chosen, err := f.choose(cfg)
	if err != nil {
		return err
	}
	store, err := openForWriting(c.Context(), cfg.Results)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := f.serve(c, cfg, store, chosen); err != nil {
		return err
	}
	return f.conclude(c, store, chosen.Name)
}

// choose returns the configuration whose models are served.
func (f *gatewayFlags) choose(cfg *config.Config) (bench.Configuration, error) {
	var with []bench.Configuration
	var names []string
	for _, c := range cfg.BenchConfigurations() {
		if c.Command != nil && c.Command.Gateway != nil {
			c.Offline = false // the program is in no sandbox
			with, names = append(with, c), append(names, c.Name)
		}
	}
	i := slices.Index(names, f.configuration)
	switch {
	case len(with) == 0:
		return bench.Configuration{}, bench.Usagef("%s: no configuration has a gateway: "+
			"kind: command with command: {gateway: {}}", f.path)
	case f.configuration == "" && len(with) == 1:
		return with[0], nil
	case i < 0:
		return bench.Configuration{}, bench.Usagef("--configuration %q: want one of %s",
			f.configuration, strings.Join(names, ", "))
	}
	return with[i], nil
}

// serve serves the models until it is interrupted or the wall limit is reached.
func (f *gatewayFlags) serve(
	c *cobra.Command, cfg *config.Config, store *results.Store, chosen bench.Configuration,
) (err error) {
	ctx, stop := context.WithCancelCause(c.Context())
	defer stop(nil)
	lock, err := claim(ctx, store, f.runID, "")
	if err != nil {
		return err
	}
	defer lock.Close()
	clients, err := newClients(cfg, c.ErrOrStderr(), stop)
	if err != nil {
		return err
	}
	defer clients.Close()
	g, err := gateway.New(clients.upstreams)
	if err != nil {
		return err
	}
	defer g.Close()
	l, err := net.Listen("tcp", f.listen)
	if err != nil {
		return bench.Usagef("--listen %s: %w", f.listen, err)
	}
	defer l.Close()
	header, bodies := runHeader(cfg, "")
	header.DatasetSource, header.SandboxKind = "", outside
	task := bench.Task{InstanceID: gatewayInstance}
	return runner.Session(ctx, runner.Options{
		RunID: f.runID, Header: header, Bodies: bodies, Journal: store,
		Trials: runner.Plan([]bench.Task{task}, []bench.Configuration{chosen}, 1),
		Redact: clients.redactor(c.ErrOrStderr()),
	}, func(ctx context.Context, job agent.Job) (agent.Submission, error) {
		return command.Serve(ctx, g, job, l, func(env []string) {
			printVariables(c.OutOrStdout(), env)
			fmt.Fprintf(c.ErrOrStderr(), "run %s: calls are recorded in %s; ^C ends it\n",
				f.runID, store.Path())
		})
	})
}

// printVariables prints assignments as a shell reads them.
func printVariables(w io.Writer, env []string) {
	for _, v := range env {
		name, value, _ := strings.Cut(v, "=")
		fmt.Fprintf(w, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
}

// conclude says what was recorded.
func (f *gatewayFlags) conclude(
	c *cobra.Command, store *results.Store, configuration string,
) error {
	key := bench.TrialKey{Configuration: configuration, InstanceID: gatewayInstance, Attempt: 1}
	d, err := store.Detail(context.WithoutCancel(c.Context()), f.runID, key)
	if err != nil {
		return err
	}
	limit := ""
	if d.Trial.Limit != "" {
		limit = fmt.Sprintf(", at the limit of %s", d.Trial.Limit)
	}
	fmt.Fprintf(c.ErrOrStderr(), "%s, %s%s\nnext: bench show %s %s --db %s   # with its timeline\n",
		plural.Count(len(d.Calls), "model call"), bench.Spending(d.Trial.Cost, d.Trial.Unreported), limit,
		f.runID, gatewayInstance, store.Path())
	return nil
}
