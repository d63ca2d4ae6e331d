package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"bench"
	"bench/scoring/evaluate"
	"bench/scoring/swebench"
)

// checkReport refuses what means nothing to stored reports.
func (f *gradeFlags) checkReport(c *cobra.Command) error {
	err := refuse(c, "report", "config", "set", "timeout", "image", "instances", "filter", "slice",
		"workers", "run-id", "output", "status-map", "stop-before", "max-wall", "shard")
	if err != nil {
		return err
	}
	return formatOf(f.format, "table", "json")
}

// aggregate sums up what evaluations have left behind. Nothing is judged again.
func (f *gradeFlags) aggregate(c *cobra.Command) error {
	rules, err := swebench.ParseRules(f.rules)
	if err != nil {
		return bench.UsageError(err)
	}
	stored, err := evaluate.ReadStored(f.report)
	if err != nil {
		return err
	}
	predictions := stored.Predictions()
	if f.predictions != "" {
		if predictions, err = swebench.ReadPredictions(f.predictions); err != nil {
			return bench.UsageError(err)
		}
	}
	dataset, err := f.datasetIDs(c, predictions)
	if err != nil {
		return err
	}
	var evaluated []swebench.Evaluated
	for _, p := range predictions {
		evaluated = append(evaluated, stored.Evaluated(p))
		if f.predictions != "" && stored.OtherPatch(p) {
			fmt.Fprintf(c.ErrOrStderr(), "%s: the verdict is of another patch than the prediction's\n",
				p.InstanceID)
		}
	}
	r := swebench.NewRunReport(dataset, evaluated)
	if f.format == "json" {
		err = writeRunReport(c.OutOrStdout(), r, rules)
	} else {
		err = printRunReport(c.OutOrStdout(), r, evaluated)
	}
	if err != nil {
		return err
	}
	return noVerdict(r.Errors, "prediction")
}

// datasetIDs are the instances of the dataset, or those of the predictions.
func (f *gradeFlags) datasetIDs(
	c *cobra.Command, predictions []swebench.Prediction,
) (ids []string, err error) {
	if f.dataset == "" {
		for _, p := range predictions {
			ids = append(ids, p.InstanceID)
		}
		return ids, nil
	}
	_, tasks, err := f.tasksForLogs(c)
	for _, t := range tasks {
		ids = append(ids, t.InstanceID)
	}
	return ids, err
}
