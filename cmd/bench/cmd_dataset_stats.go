package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bench"
	"bench/datasets"
	"bench/scoring/swebench"
)

// datasetStats is what stats counts.
type datasetStats struct {
	Source      string         `json:"source"`
	Fingerprint string         `json:"fingerprint"`
	Rows        int            `json:"rows"`
	Repos       map[string]int `json:"repos"`
	FailToPass  spread         `json:"fail_to_pass"`
	PassToPass  spread         `json:"pass_to_pass"`
	Gold        int            `json:"with_gold_patch"`
	// Scripts are rows by where the script that judges them comes from: row,
	// derived or none.
	Scripts map[string]int `json:"scripts"`
	// NotJudged are the reasons why rows cannot be judged.
	NotJudged map[string]int `json:"not_judged"`
	// Images are rows by registry and namespace of their image.
	Images         map[string]int `json:"images"`
	DistinctImages int            `json:"distinct_images"`
}

// spread says how many tests rows have.
type spread struct {
	Total  int `json:"total"`
	Min    int `json:"min"`
	Median int `json:"median"`
	Max    int `json:"max"`
}

func newDatasetStats() *cobra.Command {
	var (
		f    datasetFlags
		list string
	)
	c := &cobra.Command{
		Use:   "stats PATH|NAME",
		Short: "Count the rows of a dataset: repositories, tests, scripts, images",
		Args:  exactly(1, "one path or name"),
		RunE: func(c *cobra.Command, args []string) error {
			set, err := f.load(c, args[0])
			if err != nil {
				return err
			}
			if list != "" {
				if err := excludeUnjudged(list, set.Tasks); err != nil {
					return err
				}
			}
			s := statsOf(args[0], set)
			if f.format == "json" {
				return writeDocument(c.OutOrStdout(), s)
			}
			return s.table(c.OutOrStdout())
		},
	}
	f.add(c)
	c.Flags().StringVar(&list, "quarantine", "",
		"write the tasks that cannot be judged to this file (.json or .yaml), "+
			"which dataset.exclude takes")
	return c
}

// excludeUnjudged lists the tasks that cannot be judged, with the reasons.
func excludeUnjudged(path string, tasks []bench.Task) error {
	var list []datasets.Exclusion
	ids, reasons := unjudged(tasks, swebench.V5)
	for i, id := range ids {
		list = append(list, datasets.Exclusion{InstanceID: id, Reason: reasons[i].Error()})
	}
	return datasets.WriteExclusions(path, "Tasks that bench cannot judge.", list)
}

func statsOf(source string, set *datasets.Set) datasetStats {
	s := datasetStats{
		Source: source, Fingerprint: set.Fingerprint, Rows: set.Rows, Repos: map[string]int{},
		Scripts: map[string]int{}, NotJudged: map[string]int{}, Images: map[string]int{},
		FailToPass: spreadOf(set.Tasks, func(t bench.Task) int { return len(t.FailToPass) }),
		PassToPass: spreadOf(set.Tasks, func(t bench.Task) int { return len(t.PassToPass) }),
	}
	images := map[string]bool{}
	for _, t := range set.Tasks {
		s.Repos[t.Repo]++
		s.Scripts[scriptOf(t)]++
		if why := whyNot(t); why != "" {
			s.NotJudged[strings.ReplaceAll(why, t.InstanceID, "<id>")]++
		}
		if t.Patch != "" {
			s.Gold++
		}
		image := imageOf(t)
		images[image] = true
		s.Images[image[:max(strings.LastIndexByte(image, '/'), 0)]]++
	}
	s.DistinctImages = len(images)
	return s
}

func spreadOf(tasks []bench.Task, count func(bench.Task) int) (s spread) {
	counts := make([]int, len(tasks))
	for i, t := range tasks {
		counts[i] = count(t)
		s.Total += counts[i]
	}
	if len(counts) == 0 {
		return s
	}
	slices.Sort(counts)
	s.Min, s.Median, s.Max = counts[0], counts[len(counts)/2], counts[len(counts)-1]
	return s
}

func (s spread) String() string {
	return fmt.Sprintf("%d tests; per row %d to %d, median %d", s.Total, s.Min, s.Max, s.Median)
}

func (s datasetStats) table(w io.Writer) error {
	rows := [][]string{
		{"source", s.Source}, {"fingerprint", s.Fingerprint}, {"rows", fmt.Sprint(s.Rows)},
		{"fail to pass", s.FailToPass.String()}, {"pass to pass", s.PassToPass.String()},
		{"gold patches", fmt.Sprint(s.Gold)},
		{"images", fmt.Sprintf("%d different", s.DistinctImages)},
	}
	for _, part := range []struct {
		title  string
		counts map[string]int
	}{
		{"images in", s.Images}, {"scripts", s.Scripts}, {"not judged", s.NotJudged}, {"repo", s.Repos},
	} {
		for _, key := range byCount(part.counts) {
			rows = append(rows, []string{part.title, fmt.Sprintf("%d  %s", part.counts[key], dash(key))})
		}
	}
	return columns(w, rows)
}

// byCount are the keys, those with the largest counts first.
func byCount(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}
