package datasets

import (
	"slices"
	"strings"
	"time"

	"bench"
)

// gymRepos are the repositories of SWE-Gym, whose rows look like SWE-bench's.
func gymRepos() []string {
	return []string{
		"Project-MONAI/MONAI", "bokeh/bokeh", "conan-io/conan", "dask/dask",
		"facebookresearch/hydra", "getmoto/moto", "iterative/dvc", "modin-project/modin",
		"pandas-dev/pandas", "pydantic/pydantic", "python/mypy",
	}
}

// isGym: a row that names its parser is made for SWE-bench's harness.
func isGym(r *rowReader) bool {
	return slices.Contains(gymRepos(), r.peek("repo")) && !r.has("eval_script") &&
		!r.has("environment_setup_commit") && r.peek("log_parser") == ""
}

// readGym reads rows of SWE-Gym. Its harness is a fork of SWE-bench's; what it
// knows of its repositories is in the fork, not in the rows.
func readGym(r *rowReader) bench.Task {
	t := r.common(need{commit: true})
	t.TestPatch = r.text("test_patch", !r.forLogs)
	if t.Image == "" {
		t.Image = "xingyaoww/sweb.eval.x86_64." +
			strings.ToLower(strings.ReplaceAll(t.InstanceID, "__", "_s_")) + ":latest"
	}
	t.Judging = &bench.Judging{Set: "swe-gym", Version: "v4"}
	r.fromFacts(&t, "the commands of SWE-Gym's repositories are in its fork of the harness, "+
		"not in the row")
	return t
}

// isSmith: rows of SWE-smith have no commit and no test patch, but an image.
func isSmith(r *rowReader) bool {
	return r.has("image_name") && !r.has("base_commit") && !r.has("test_patch") &&
		!r.has("eval_script")
}

// readSmith reads rows of SWE-smith, judged as swesmith/harness does: the patch
// of a row introduces the bug, and the image has a branch of the instance's
// name with the bug in it.
func readSmith(r *rowReader) bench.Task {
	t := r.common(need{})
	if gold, err := reversed(t.Patch); err != nil {
		r.fail("patch", "%v", err)
	} else {
		t.Patch = gold
	}
	j := &bench.Judging{
		Set: "swe-smith", Rule: bench.RuleMissingPasses, Timeout: 2 * time.Minute,
		Before: "git fetch || true\ngit checkout '" + t.InstanceID + "'\n",
		Apply: []string{
			"git apply --verbose", "git apply --verbose --reject", "patch --batch --fuzz=5 -p1 -i",
		},
	}
	t.Judging = j
	fact, ok := r.judging.repo(t.Repo, t.Version)
	if !ok {
		j.Lacks = "the test command is in SWE-smith's profile of the repository, not in the row: " +
			"dataset.judging is the path of a file that has it for " + t.Repo
		return t
	}
	t.LogParser, t.EvalScript = fact.LogParser, smithScript(fact, t.FailToPass)
	return t
}

// smithScript runs the files of the failing tests if the runner is pytest, and
// otherwise the whole suite.
func smithScript(fact repoFact, failToPass []string) string {
	command := fact.TestCmd
	if strings.Contains(command, "pytest") {
		var files []string
		for _, test := range failToPass {
			file, _, _ := strings.Cut(test, "::")
			if !slices.Contains(files, file) {
				files = append(files, file)
			}
		}
		command += " " + strings.Join(files, " ")
	}
	lines := []string{
		"#!/bin/bash", "set -uxo pipefail", "source /opt/miniconda3/bin/activate",
		"conda activate testbed", "cd /testbed",
	}
	if fact.Install != "" {
		lines = append(lines, fact.Install)
	}
	lines = append(lines, ": '>>>>> Start Test Output'", command, ": '>>>>> End Test Output'")
	return strings.Join(lines, "\n") + "\n"
}
