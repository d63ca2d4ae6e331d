package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/internal/progress"
	"bench/results"
	"bench/results/report"
	"bench/runner"
	"bench/sandbox/repo"
)

// tryFlags are what `bench try` takes.
type tryFlags struct {
	configFlags
	configuration string
	repo          string
	image         string
	promptFile    string
	output        string
	apply         bool
	quiet         bool
	runID         string
	format        string
}

// tryInstance is the instance id of the one task there is.
const tryInstance = "try"

func newTry() *cobra.Command {
	var f tryFlags
	c := &cobra.Command{
		Use:   `try --config FILE --configuration NAME "prompt"`,
		Short: "Let one configuration work on a copy of your own files, watched live",
		Long: `try runs one configuration on a copy of a working tree, in a sandbox: tracked
files with your changes, and untracked ones that are not ignored. Nothing is
scored. The patch is written to a file, and to your files only with --apply. What
you see is what a run does; it is kept in the database as one, so bench show
works on it. The dataset of the config is not looked at.`,
		Args: func(c *cobra.Command, args []string) error {
			prompts := len(args)
			if f.promptFile != "" {
				prompts++
			}
			if prompts != 1 {
				return bench.Usagef("try takes one prompt, or --prompt-file (see %s --help)",
					c.CommandPath())
			}
			return nil
		},
		RunE: f.run,
	}
	f.add(c, "YAML config (see bench schema)")
	fs := c.Flags()
	fs.StringVar(&f.configuration, "configuration", "", "which one (default: the only one)")
	fs.StringVar(&f.repo, "repo", ".", "directory to work on a copy of")
	fs.StringVar(&f.image, "image", "", "image that the copy is put into (default: the config's)")
	fs.StringVar(&f.promptFile, "prompt-file", "", "file with the prompt; - is standard input")
	fs.StringVarP(&f.output, "output", "o", "", "file for the patch (default: bench-try-RUN.patch)")
	fs.BoolVar(&f.apply, "apply", false, "apply the patch to the directory, if it fits")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "do not show what agents do")
	fs.StringVar(&f.runID, "run-id", "", "name of the run (default: its start time)")
	key(&f.configFlags, "db", "results",
		fs.String("db", "", "database file (default: the config's results)"))
	fs.StringVar(&f.format, "format", "table", "table or json")
	must(c.MarkFlagRequired("config"))
	return c
}

func (f *tryFlags) run(c *cobra.Command, args []string) error {
	if f.format != "table" && f.format != "json" {
		return bench.Usagef("--format %s: want table or json", f.format)
	}
	prompt, err := f.prompt(c.InOrStdin(), args)
	if err != nil {
		return err
	}
	if f.runID, err = runID(f.runID); err != nil {
		return err
	}
	if f.output == "" {
		f.output = "bench-try-" + f.runID + ".patch"
	}
	patch, err := f.reserve()
	if err != nil {
		return err
	}
	defer patch.close()
	tree, err := f.copy(c.Context(), c.ErrOrStderr())
	if err != nil {
		return err
	}
	defer os.RemoveAll(tree)
	cfg, err := f.load(c, tree)
	if err != nil {
		return err
	}
	chosen, err := f.choose(cfg)
	if err != nil {
		return err
	}
	task, err := f.task(cfg, tree, prompt)
	if err != nil {
		return err
	}
	store, err := openForWriting(c.Context(), cfg.Results)
	if err != nil {
		return err
	}
	defer store.Close()
	plan := runner.Plan([]bench.Task{task}, []bench.Configuration{chosen}, 1)
	interrupted, err := f.work(c, cfg, store, plan)
	if err != nil {
		return err
	}
	return f.conclude(c, store, patch, chosen.Name, interrupted)
}

// patchFile is the file for the patch, made before anything is spent.
type patchFile struct {
	*os.File
	used bool
}

// reserve makes the file for the patch, which must not be there.
func (f *tryFlags) reserve() (*patchFile, error) {
	file, err := os.OpenFile(f.output, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, bench.Usagef("%s is there already: name another file with --output",
			f.output)
	case err != nil:
		return nil, bench.Usagef("--output: %w", err)
	}
	return &patchFile{File: file}, nil
}

// write writes the patch.
func (p *patchFile) write(patch string) error {
	p.used = true
	_, err := p.WriteString(patch)
	return errors.Join(err, p.Close())
}

// close removes the file if there was nothing to write.
func (p *patchFile) close() {
	if !p.used {
		_ = p.Close()
		_ = os.Remove(p.Name())
	}
}

func (f *tryFlags) prompt(stdin io.Reader, args []string) (string, error) {
	if f.promptFile == "" {
		if strings.TrimSpace(args[0]) == "" {
			return "", bench.Usagef("the prompt is empty")
		}
		return args[0], nil
	}
	read := func() ([]byte, error) { return os.ReadFile(f.promptFile) }
	if f.promptFile == "-" {
		read = func() ([]byte, error) { return io.ReadAll(stdin) }
	}
	text, err := read()
	if err != nil {
		return "", bench.Usagef("read prompt: %w", err)
	}
	if strings.TrimSpace(string(text)) == "" {
		return "", bench.Usagef("the prompt in %s is empty", f.promptFile)
	}
	return string(text), nil
}

// copy makes the copy that agents get.
func (f *tryFlags) copy(ctx context.Context, stderr io.Writer) (dir string, err error) {
	if info, err := os.Stat(f.repo); err != nil || !info.IsDir() {
		return "", bench.Usagef("--repo %s: no such directory", f.repo)
	}
	if dir, err = os.MkdirTemp("", "bench-try-"); err != nil {
		return "", err
	}
	left, err := repo.CopyWorkTree(ctx, f.repo, dir)
	if err != nil {
		return "", errors.Join(fmt.Errorf("copy %s: %w", f.repo, err), os.RemoveAll(dir))
	}
	for _, name := range left {
		fmt.Fprintf(stderr, "left out: %s is a repository of its own\n", name)
	}
	return dir, nil
}

// load reads the config, with the copy in place of its dataset.
func (f *tryFlags) load(c *cobra.Command, tree string) (*config.Config, error) {
	o := forRuns()
	o.Set = slices.Concat(f.set, ofOneTrial(tree))
	o.Flags = f.overrides(c)
	return config.Load(f.path, o)
}

// choose returns the configuration that is asked for.
func (f *tryFlags) choose(cfg *config.Config) (bench.Configuration, error) {
	all := cfg.BenchConfigurations()
	var names []string
	for _, c := range all {
		if names = append(names, c.Name); c.Name == f.configuration {
			return c, nil
		}
	}
	if f.configuration == "" && len(all) == 1 {
		return all[0], nil
	}
	return bench.Configuration{}, bench.Usagef("--configuration %q: want one of %s",
		f.configuration, strings.Join(names, ", "))
}

// task is the copy and the prompt.
func (f *tryFlags) task(cfg *config.Config, tree, prompt string) (bench.Task, error) {
	dir, err := filepath.Abs(f.repo)
	if err != nil {
		return bench.Task{}, err
	}
	t := bench.Task{
		InstanceID: tryInstance, Repo: filepath.Base(dir), ProblemStatement: prompt,
		Source: bench.Source{Tree: tree},
	}
	if t.Source = cfg.Sandbox.SourceFor(t); cfg.Sandbox.Kind != config.Docker {
		return t, nil
	}
	switch image := cfg.Sandbox.Image; {
	case f.image != "":
		t.Source.BaseImage = f.image
	case t.Source.BaseImage == "" && image != "" && !strings.Contains(image, "{"):
		t.Source.BaseImage = image
	}
	if t.Source.BaseImage == "" {
		return t, bench.Usagef("the copy needs an image to be put into: give --image, or " +
			"sandbox.build.base_image in the config, or use --set sandbox.kind=local")
	}
	return t, nil
}

// work runs the one trial. ^C stops only its agents: what they have changed by
// then is the patch.
func (f *tryFlags) work(
	c *cobra.Command, cfg *config.Config, store *results.Store, plan []bench.Trial,
) (interrupted bool, err error) {
	stderr := c.ErrOrStderr()
	ctx, stop := context.WithCancelCause(c.Context())
	defer stop(nil)
	lock, err := claim(ctx, store, f.runID, "")
	if err != nil {
		return false, err
	}
	defer lock.Close()
	header, bodies := runHeader(cfg, "")
	header.DatasetSource = f.repo
	o := runner.Options{RunID: f.runID, Header: header, Bodies: bodies, Trials: plan,
		KeepInterrupted: true}
	w, err := wire(c, cfg, store, &o, stop, nil)
	if err != nil {
		return false, err
	}
	defer w.Close()
	o.Agents = w.agent
	if !f.quiet {
		text := func(h bench.BodyHash) string {
			b, err := store.Body(context.WithoutCancel(ctx), h)
			if err != nil {
				return ""
			}
			return string(b)
		}
		o.Observers = []runner.Observer{progress.NewWatch(stderr, timelineWidth(screen(stderr)), text)}
	}
	summary, err := runner.Run(ctx, o)
	if err == nil && summary.State == bench.RunFailed {
		err = fmt.Errorf("stopped: %s", summary.Error)
	}
	return c.Context().Err() != nil, err
}

// conclude prints the answer, writes the patch and applies it if it is to be.
func (f *tryFlags) conclude(
	c *cobra.Command, store *results.Store, patch *patchFile, configuration string,
	interrupted bool,
) error {
	ctx := context.WithoutCancel(c.Context())
	key := bench.TrialKey{Configuration: configuration, InstanceID: tryInstance, Attempt: 1}
	d, err := store.Detail(ctx, f.runID, key)
	if err != nil {
		return err
	}
	answer := ""
	for _, a := range d.Agents {
		if a.Parent == "" {
			text, err := store.Body(ctx, a.Message)
			if err != nil {
				return err
			}
			answer = string(text)
		}
	}
	t := report.TryOf(d, answer)
	var refused error
	if d.Patch != "" {
		if err := patch.write(d.Patch); err != nil {
			return fmt.Errorf("write patch: %w", err)
		}
		t.PatchFile = f.output
		if f.apply && !interrupted {
			refused = repo.ApplyToWorkTree(ctx, f.repo, d.Patch)
			t.Applied = refused == nil
		}
	}
	show := t.Write
	if f.format == "json" {
		show = t.JSON
	}
	if err := show(c.OutOrStdout()); err != nil {
		return err
	}
	switch {
	case interrupted:
		return &bench.Failure{Status: bench.ExitInterrupted, Err: errors.New("interrupted")}
	case refused != nil:
		return fmt.Errorf("the patch does not fit %s, which was left as it is: %w", f.repo, refused)
	case d.Trial.Outcome != bench.OutcomeUngraded:
		return fmt.Errorf("the trial ended as %s: %s", d.Trial.Outcome, d.Trial.Error)
	}
	return nil
}
