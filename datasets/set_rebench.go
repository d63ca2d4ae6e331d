package datasets

import (
	"cmp"
	"strings"

	"bench"
)

// utf8Locale stands before the install and test commands of SWE-rebench.
const utf8Locale = "LANG=C.UTF-8 LC_ALL=C.UTF-8 "

func hasInstallConfig(r *rowReader) bool {
	return r.has("install_config") || r.has("install_config.test_cmd")
}

func isRebench(r *rowReader) bool { return hasInstallConfig(r) }

// readRebench reads rows of SWE-rebench. Its harness is a fork of SWE-bench's
// that takes the commands of a Python repository from the row.
func readRebench(r *rowReader) bench.Task {
	t := r.common(need{commit: true})
	t.TestPatch = r.text("test_patch", !r.forLogs)
	if t.Image == "" {
		t.Image = swerebenchImage(t.InstanceID)
	}
	j := &bench.Judging{Set: "swe-rebench", Version: "v4"}
	t.Judging, t.LogParser = j, r.text("install_config.log_parser", false)
	if cmd := strings.Join(r.commands("install_config.test_cmd"), " && "); cmd != "" {
		j.TestCmd = utf8Locale + cmd
	}
	if cmd := strings.Join(r.commands("install_config.install"), " && "); cmd != "" {
		j.Install = utf8Locale + cmd
	}
	if j.TestCmd == "" || t.LogParser == "" {
		r.fromFacts(&t, "the row's install_config has no test_cmd or no log_parser")
	}
	return t
}

// swerebenchImage is where the images of rows without a name for theirs are.
func swerebenchImage(id string) string {
	return "swerebench/sweb.eval.x86_64." + strings.ToLower(strings.ReplaceAll(id, "__", "_1776_")) +
		":latest"
}

// isExtra: rows of SWE-bench-extra have the meta column of SWE-rebench's makers,
// and neither image nor commands.
func isExtra(r *rowReader) bool {
	return r.has("meta.is_lite") && !hasInstallConfig(r) && !r.has("eval_script")
}

// readExtra reads rows of SWE-bench-extra.
func readExtra(r *rowReader) bench.Task {
	t := r.common(need{commit: true})
	t.TestPatch = r.text("test_patch", !r.forLogs)
	if t.Image == "" {
		t.Image = swerebenchImage(t.InstanceID)
	}
	t.Judging = &bench.Judging{Set: "swe-bench-extra", Version: "v4"}
	r.fromFacts(&t, "the row has no test command and no log parser")
	return t
}

// fromFacts fills in the commands that a file of facts has for the repository,
// or says that they are missing.
func (r *rowReader) fromFacts(t *bench.Task, why string) {
	fact, ok := r.judging.repo(t.Repo, t.Version)
	if !ok {
		t.Judging.Lacks = why + ": dataset.judging is the path of a file that has them for " +
			cmp.Or(t.Repo, "its repository") + " " + t.Version
		t.Judging.Lacks = strings.TrimSpace(t.Judging.Lacks)
		return
	}
	t.Judging.Install, t.Judging.TestCmd, t.LogParser = fact.Install, fact.TestCmd, fact.LogParser
}

// SWE-rebench-V2 is judged as scripts/eval.py of its repository does.
const (
	rebenchApply = "git apply -v --3way --recount --ignore-space-change --whitespace=nowarn"
	rebenchDiff  = "/tmp/bench-rebench/test.diff"
)

// isRebenchV2: its images or base images are those of the second version.
func isRebenchV2(r *rowReader) bool {
	return hasInstallConfig(r) && (strings.Contains(r.peek("image_name"), "swerebenchv2/") ||
		r.has("install_config.base_image_name"))
}

// readRebenchV2 reads rows of SWE-rebench-V2, whose repositories lie in a
// directory of their own name and whose log parsers are code of its makers.
func readRebenchV2(r *rowReader) bench.Task {
	t := r.common(need{commit: true})
	t.TestPatch = r.text("test_patch", !r.forLogs)
	_, name, _ := strings.Cut(t.Repo, "/")
	t.Source.Workdir = "/" + name
	j := &bench.Judging{
		Set: "swe-rebench-v2", Rule: bench.RuleAllPassed, StripTimings: true,
		Before: "git reset --hard HEAD\n", Apply: []string{rebenchApply},
		Files: map[string]string{rebenchDiff: t.TestPatch},
	}
	t.Judging = j
	test := r.commands("install_config.test_cmd")
	if len(test) == 0 && !r.forLogs {
		r.fail("install_config.test_cmd", "the command that runs the tests is missing")
	}
	t.EvalScript = rebenchScript(test)
	own := r.text("install_config.log_parser", !r.forLogs)
	parser, ok := r.judging.parser(own)
	if !ok {
		j.Lacks = "its log parser " + own + ", which is code of SWE-rebench-V2: dataset.judging " +
			"is the path of a file whose parsers say which one reads the same"
	}
	t.LogParser = parser
	return t
}

// rebenchScript runs the commands up to the first that fails. The harness reads
// standard output first and then standard error.
func rebenchScript(test []string) string {
	lines := []string{
		"#!/bin/bash", "export _JAVA_OPTIONS=-Djava.net.preferIPv6Addresses=false",
		"(", "set -e", rebenchApply + " " + rebenchDiff,
	}
	lines = append(lines, test...)
	out, err := "/tmp/bench-rebench/stdout", "/tmp/bench-rebench/stderr"
	lines = append(lines, ") > "+out+" 2> "+err, startMark, "cat "+out+" "+err, endMark)
	return strings.Join(lines, "\n") + "\n"
}
