package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/datasets"
	"bench/internal/plural"
	"bench/internal/width"
	"bench/scoring/swebench"
)

func newDataset() *cobra.Command {
	c := &cobra.Command{
		Use:   "dataset",
		Short: "Fetch, list and look into datasets",
		Args:  exactly(0, "list, pull, show or stats"),
		RunE: func(c *cobra.Command, _ []string) error {
			return bench.Usagef("dataset: list, pull, show or stats?")
		},
	}
	c.AddCommand(newDatasetList(), newDatasetPull(), newDatasetShow(), newDatasetStats())
	return c
}

// unjudged are the reasons why tasks cannot be judged, by instance id.
func unjudged(tasks []bench.Task, rules swebench.Rules) (ids []string, reasons []error) {
	for _, t := range tasks {
		if err := swebench.Judgeable(t, rules); err != nil {
			ids, reasons = append(ids, t.InstanceID), append(reasons, err)
		}
	}
	return ids, reasons
}

// refusalOf joins the reasons of tasks, the first few of them.
func refusalOf(reasons []error) error {
	const most = 5
	if more := len(reasons) - most; more > 0 {
		reasons = append(reasons[:most:most], fmt.Errorf("and %s more", plural.Count(more, "task")))
	}
	return errors.Join(reasons...)
}

// needContainers refuses tasks that are judged with files outside of their
// repository where these would be files of this machine.
func needContainers(cfg *config.Config, tasks []bench.Task) error {
	for _, t := range tasks {
		outside := t.Judging != nil && (len(t.Judging.Files) > 0 || t.Verifier() != nil)
		if cfg.Sandbox.Kind == config.Local && outside {
			return bench.Usagef("task %s of %s is judged with files outside of its "+
				"repository: it needs sandbox.kind: docker", t.InstanceID, t.Judging.Set)
		}
	}
	return nil
}

// canBeRun refuses tasks that cannot be judged, and those that give an agent
// nothing to begin at, before anything is spent.
func canBeRun(cfg *config.Config, tasks []bench.Task) error {
	_, reasons := unjudged(tasks, swebench.Rules(cfg.Scoring.Rules))
	if len(reasons) > 0 && len(reasons) < len(tasks) {
		reasons = append([]error{fmt.Errorf("%s of %d cannot be judged: leave them out with "+
			"dataset.exclude (bench dataset stats --quarantine lists them)",
			plural.Count(len(reasons), "task"), len(tasks))}, reasons...)
	}
	if len(reasons) > 0 {
		return bench.UsageError(refusalOf(reasons))
	}
	for _, t := range tasks {
		if t.BaseCommit == "" && t.Source.Tree == "" && t.Verifier() == nil {
			return bench.Usagef("task %s names no base commit: an agent cannot begin "+
				"anywhere, only bench grade can use it", t.InstanceID)
		}
	}
	return needContainers(cfg, tasks)
}

// canBeGraded refuses predictions of which none can be judged. Where some can,
// the others end as errors of their own.
func canBeGraded(cfg *config.Config, tasks []bench.Task) error {
	_, reasons := unjudged(tasks, swebench.Rules(cfg.Scoring.Rules))
	if len(reasons) < len(tasks) {
		return needContainers(cfg, tasks)
	}
	return bench.UsageError(refusalOf(reasons))
}

// excluded says how many tasks were left out, if any were.
func excluded(set *datasets.Set) string {
	if len(set.Excluded) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s excluded", plural.Count(len(set.Excluded), "task"))
}

// cached says why a dataset cannot be read by its name alone.
func cached(source string) error {
	_, err := datasets.FindCached(source)
	return err
}

// datasetFlags are what show and stats take.
type datasetFlags struct{ split, judging, format string }

func (f *datasetFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.split, "split", "test", "file of a directory of rows, or of a dataset")
	c.Flags().StringVar(&f.judging, "judging", "", "what judging needs and rows do not carry")
	addJSONFormat(c, &f.format)
}

func addJSONFormat(c *cobra.Command, format *string) {
	c.Flags().StringVar(format, "format", "table", "table or json")
}

// load reads a path, or a dataset of the cache by its name: all of it, or the
// instances that are named.
func (f *datasetFlags) load(c *cobra.Command, source string, ids ...string) (*datasets.Set, error) {
	if err := checkJSONFormat(f.format); err != nil {
		return nil, err
	}
	return loadSet(c, datasets.Options{
		Source: source, Split: f.split, Judging: f.judging,
		Selection: datasets.Selection{IDs: ids},
	})
}

// loadSet loads tasks, and says what is wrong with those that are not selected.
func loadSet(c *cobra.Command, o datasets.Options) (*datasets.Set, error) {
	set, err := datasets.Load(c.Context(), o)
	if err != nil {
		return nil, bench.UsageError(err)
	}
	if set.Unselected != nil {
		fmt.Fprintf(c.ErrOrStderr(), "dataset: mistakes in rows that are not selected:\n%v\n",
			set.Unselected)
	}
	return set, nil
}

func checkJSONFormat(format string) error {
	if format != "table" && format != "json" {
		return bench.Usagef("--format %s: want table or json", format)
	}
	return nil
}

func writeDocument(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// columns prints rows of cells under each other.
func columns(w io.Writer, rows [][]string) error {
	var widths []int
	for _, row := range rows {
		widths = append(widths, make([]int, max(0, len(row)-len(widths)))...)
		for i, cell := range row {
			widths[i] = max(widths[i], width.Of(width.Line(cell)))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(width.Left(width.Line(cell), widths[i]) + "  ")
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(b.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// listedDataset is a known dataset and what the cache has of it.
type listedDataset struct {
	Name   string              `json:"name"`
	Repo   string              `json:"repo"`
	Split  string              `json:"split,omitempty"`
	Cached []datasets.Manifest `json:"cached"`
}

func newDatasetList() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "list",
		Short: "List the datasets known by name, and what the cache has of them",
		Args:  exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkJSONFormat(format); err != nil {
				return err
			}
			var all []listedDataset
			rows := [][]string{{"NAME", "HUGGING FACE", "SPLIT", "REVISION", "COMMIT", "PULLED"}}
			for _, name := range datasets.Names() {
				known, _, _ := datasets.Lookup(name)
				pulls, err := datasets.Cached(name)
				if err != nil {
					return err
				}
				all = append(all, listedDataset{
					name, known.Repo, known.Split, append([]datasets.Manifest{}, pulls...),
				})
				if len(pulls) == 0 {
					rows = append(rows, []string{name, known.Repo, dash(known.Split), "–", "–", "–"})
				}
				for _, m := range pulls {
					rows = append(rows, []string{
						name, known.Repo, dash(known.Split), m.Revision, fmt.Sprintf("%.12s", m.Commit),
						m.PulledAt.Format(time.DateOnly),
					})
				}
			}
			if format == "json" {
				return writeDocument(c.OutOrStdout(), all)
			}
			return columns(c.OutOrStdout(), rows)
		},
	}
	addJSONFormat(c, &format)
	return c
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func newDatasetShow() *cobra.Command {
	var f datasetFlags
	c := &cobra.Command{
		Use:   "show PATH|NAME [INSTANCE]",
		Short: "Print the tasks of a dataset, or all that is known of one",
		Args:  cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			set, err := f.load(c, args[0], args[1:]...)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				return f.showTasks(c.OutOrStdout(), set.Tasks)
			}
			if f.format == "json" {
				return writeDocument(c.OutOrStdout(), set.Tasks[0])
			}
			return showTask(c.OutOrStdout(), set.Tasks[0])
		},
	}
	f.add(c)
	return c
}

func (f *datasetFlags) showTasks(w io.Writer, tasks []bench.Task) error {
	if f.format == "json" {
		return writeDocument(w, tasks)
	}
	rows := [][]string{{"INSTANCE", "REPO", "VERSION", "F2P", "P2P", "SCRIPT", "IMAGE"}}
	for _, t := range tasks {
		rows = append(rows, []string{
			t.InstanceID, t.Repo, dash(t.Version), fmt.Sprint(len(t.FailToPass)),
			fmt.Sprint(len(t.PassToPass)), scriptOf(t), imageOf(t),
		})
	}
	return columns(w, rows)
}

// imageOf is where a task runs: in an image, or in one that is built.
func imageOf(t bench.Task) string {
	if t.Source.Context != "" {
		return "built from a Dockerfile"
	}
	if t.Source.Repository != "" || t.Source.Tree != "" {
		return "built on " + dash(t.Source.BaseImage)
	}
	return swebench.ImageName(t, "swebench")
}

// Where the script comes from that judges a task.
const (
	scriptOwn     = "row"     // the row carries it, or what it is made of
	scriptDerived = "derived" // from what is known of the repository
	scriptNone    = "none"    // the task cannot be judged
)

func scriptOf(t bench.Task) string {
	switch {
	case whyNot(t) != "":
		return scriptNone
	case t.EvalScript != "" || t.TestCommand != "" || t.Judging != nil:
		return scriptOwn
	}
	return scriptDerived
}

// whyNot says why a task cannot be judged; "" if it can.
func whyNot(t bench.Task) string {
	if t.Judging != nil && t.Judging.Lacks != "" {
		return "it lacks " + t.Judging.Lacks
	}
	if err := swebench.Judgeable(t, swebench.V5); err != nil {
		return strings.TrimPrefix(err.Error(), "task "+t.InstanceID+": ")
	}
	return ""
}

// verifierOf is where a verifier runs, and how it is handed the patch.
func verifierOf(v *bench.Verifier) string {
	where := "in the task's image"
	if v.Separate {
		where = "in an image of its own, from " + v.Patch
	}
	if len(v.Collect) > 0 {
		where += ", made by " + v.Collect[len(v.Collect)-1].Name
	}
	return where
}

func showTask(w io.Writer, t bench.Task) error {
	rows := [][]string{
		{"instance", t.InstanceID}, {"repo", t.Repo}, {"base commit", dash(t.BaseCommit)},
		{"version", dash(t.Version)}, {"image", imageOf(t)}, {"log parser", dash(t.LogParser)},
		{"script", scriptOf(t)},
	}
	if t.Source.Workdir != "" {
		rows = append(rows, []string{"directory", t.Source.Workdir})
	}
	if j := t.Judging; j != nil {
		rows = append(rows, []string{"dataset", j.Set}, []string{"rule", dash(string(j.Rule))})
		if v := j.Verifier; v != nil {
			rows = append(rows, []string{"verifier", verifierOf(v)})
		}
		if j.Timeout > 0 {
			rows = append(rows, []string{"limit", j.Timeout.String()})
		}
	}
	if why := whyNot(t); why != "" {
		rows = append(rows, []string{"not judged", why})
	}
	if err := columns(w, rows); err != nil {
		return err
	}
	for _, part := range []struct{ title, text string }{
		{"problem statement", t.ProblemStatement}, {"hints", t.Hints},
		{"fail to pass", strings.Join(t.FailToPass, "\n")},
		{"pass to pass", strings.Join(t.PassToPass, "\n")},
		{"gold patch", t.Patch}, {"test patch", t.TestPatch},
	} {
		if part.text != "" {
			fmt.Fprintf(w, "\n--- %s\n%s\n", part.title, strings.TrimRight(part.text, "\r\n"))
		}
	}
	return nil
}
