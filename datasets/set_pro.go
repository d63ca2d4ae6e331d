package datasets

import (
	"strings"
	"time"

	"bench"
)

// isPro: only SWE-bench Pro has these columns.
func isPro(r *rowReader) bool {
	return r.has("before_repo_set_cmd") || r.has("selected_test_files_to_run") ||
		r.has("dockerhub_tag")
}

// readPro reads rows of SWE-bench Pro, judged as swe_bench_pro_eval.py does.
// The script and the parser of each instance are in the set's repository.
func readPro(r *rowReader) bench.Task {
	t := bench.Task{
		InstanceID:       r.identifier(),
		Repo:             r.repository(),
		BaseCommit:       r.matching("base_commit", commitRE, "40 or 64 hexadecimal digits", !r.forLogs),
		ProblemStatement: r.proProblem(), CreatedAt: r.time("created_at"),
		Patch: r.text("patch", false), TestPatch: r.text("test_patch", false),
		FailToPass: r.pythonTests("fail_to_pass", "FAIL_TO_PASS"),
		PassToPass: r.pythonTests("pass_to_pass", "PASS_TO_PASS"),
		LogParser:  parserTestsJSON,
		Source:     bench.Source{Workdir: "/app"},
	}
	r.someTest("fail_to_pass", t.FailToPass)
	if tag := r.text("dockerhub_tag", !r.forLogs); len(tag) > 128 {
		r.fail("dockerhub_tag", "a tag has at most 128 characters, this one has %d", len(tag))
	} else if tag != "" {
		t.Image = "jefzda/sweap-images:" + tag
	}
	var selected []string
	if !r.forLogs || r.has("selected_test_files_to_run") {
		selected = r.pythonTests("selected_test_files_to_run")
	}
	j := &bench.Judging{
		Set: "swe-bench-pro", Rule: bench.RuleAllPassed, Timeout: time.Hour,
		Before: "git reset --hard " + t.BaseCommit + "\ngit checkout " + t.BaseCommit + "\n",
		Apply:  []string{"git apply -v"}, StripBinary: true,
	}
	t.Judging = j
	t.EvalScript = proScript(r.text("before_repo_set_cmd", false), selected)
	r.proFiles(j)
	return t
}

// proProblem is what the makers' agents are told: the problem, then the
// requirements and the new interfaces.
func (r *rowReader) proProblem() string {
	parts := []string{r.text("problem_statement", !r.forLogs)}
	for _, more := range []struct{ column, title string }{
		{"requirements", "Requirements:"}, {"interface", "New interfaces introduced:"},
	} {
		if s := r.text(more.column, false); s != "" {
			parts = append(parts, more.title+"\n"+s)
		}
	}
	return strings.Join(parts, "\n\n")
}

// pythonTests reads a list of tests written by Python, under one of its names.
func (r *rowReader) pythonTests(names ...string) []string {
	column := names[0]
	for _, name := range names {
		if r.has(name) {
			column = name
		}
	}
	c := r.cell(column)
	if c.kind != text {
		return r.tests(column)
	}
	items, err := pythonList(c.text)
	if err != nil {
		r.fail(column, "expected a list of texts as Python writes it, found %s: %v", quoted(c.text), err)
		return nil
	}
	return items
}

// proFiles brings the instance's own script and parser along.
func (r *rowReader) proFiles(j *bench.Judging) {
	j.Files = map[string]string{}
	for _, name := range []string{"run_script.sh", "parser.py"} {
		content, ok, err := r.judging.file(r.id, name)
		switch {
		case err != nil:
			r.fail("instance_id", "%v", err)
		case !ok:
			j.Files = nil
			j.Lacks = "its run_script.sh and parser.py, which are in the set's repository: " +
				"dataset.judging is the path of a copy of the directory run_scripts"
			return
		}
		j.Files["/workspace/"+name] = content
	}
}

// proScript is the part of the official entry script after the patch. Of the
// commands that set the repository up only the last is run.
func proScript(before string, selected []string) string {
	before = strings.TrimSpace(before)
	before = before[strings.LastIndexByte(before, '\n')+1:]
	return strings.Join([]string{
		"#!/bin/bash", "cd /app", before,
		"bash /workspace/run_script.sh " + strings.Join(selected, ",") +
			" > /workspace/stdout.log 2> /workspace/stderr.log",
		"python /workspace/parser.py /workspace/stdout.log /workspace/stderr.log " +
			"/workspace/output.json",
		startMark, "cat /workspace/output.json", endMark,
	}, "\n") + "\n"
}
