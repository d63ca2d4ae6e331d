package datasets

import (
	"encoding/json"
	"strings"

	"bench"
)

// isMulti: only Multi-SWE-bench calls its patch fix_patch.
func isMulti(r *rowReader) bool { return r.has("fix_patch") && r.has("org") }

// readMulti reads rows of Multi-SWE-bench, which name a pull request. The
// scripts that run its tests are in the images; what reads their output is code
// of its makers, one class per repository.
func readMulti(r *rowReader) bench.Task {
	org, repo, number := r.text("org", true), r.text("repo", true), r.number("number")
	t := bench.Task{
		Repo: org + "/" + repo, Patch: r.text("fix_patch", false),
		TestPatch: r.text("test_patch", false), ProblemStatement: r.issues(),
		Source: bench.Source{Workdir: "/home/" + repo},
		Image:  "mswebench/" + strings.ToLower(org+"_m_"+repo) + ":pr-" + number,
		Judging: &bench.Judging{
			Set: "multi-swe-bench",
			Lacks: "the log parsers of Multi-SWE-bench, which are Python code of its harness, " +
				"one class per repository",
		},
	}
	if r.has("instance_id") {
		t.InstanceID = r.identifier()
	} else {
		t.InstanceID = r.knownAs(org + "__" + repo + "-" + number)
	}
	t.BaseCommit = r.matching("base.sha", commitRE, "40 or 64 hexadecimal digits", !r.forLogs)
	t.FailToPass, t.PassToPass = r.keys("fixed_tests"), r.keys("p2p_tests")
	r.someTest("fixed_tests", t.FailToPass)
	return t
}

// number reads a whole number, as its digits.
func (r *rowReader) number(column string) string {
	c := r.cell(column)
	switch c.kind {
	case number:
		return c.text
	case absent:
		r.fail(column, "the field is missing")
	case text, list, object, other:
		r.fail(column, "expected a whole number, found %s", c.found())
	}
	return ""
}

// keys reads the names of an object's fields, which are tests.
func (r *rowReader) keys(column string) []string {
	c := r.cell(column)
	switch c.kind {
	case object:
		return append([]string{}, c.list...)
	case absent:
		return []string{}
	case text, list, number, other:
		r.fail(column, "expected an object with a field per test, found %s", c.found())
	}
	return nil
}

// issues is the text of the issues that the pull request resolves.
func (r *rowReader) issues() string {
	var issues []struct{ Title, Body string }
	c := r.cell("resolved_issues")
	if c.kind != absent && (c.kind != other || json.Unmarshal(c.raw, &issues) != nil) &&
		(c.kind != list || len(c.list) > 0) {
		r.fail("resolved_issues", "expected a list of issues, found %s", c.found())
	}
	var parts []string
	for _, i := range issues {
		parts = append(parts, strings.TrimSpace(i.Title+"\n"+i.Body))
	}
	if len(parts) == 0 {
		parts = append(parts, strings.TrimSpace(r.text("title", false)+"\n"+r.text("body", false)))
	}
	s := strings.Join(parts, "\n\n")
	if s == "" && !r.forLogs {
		r.fail("resolved_issues", "there is no text that says what the problem is")
	}
	return s
}
