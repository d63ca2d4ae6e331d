package swebench

import (
	"fmt"
	"strings"

	"bench"
)

const (
	officialWorkdir = "/testbed"
	shebang         = "#!/bin/bash"
	setOptions      = "set -uxo pipefail"
	activate        = "source /opt/miniconda3/bin/activate"
	condaEnv        = "conda activate testbed"
	safeDirectory   = "git config --global --add safe.directory " + officialWorkdir
	patchDelimiter  = "EOF_114329324912"
	startCommand    = ": '" + markStart + "'"
	endCommand      = ": '" + markEnd + "'"
	saveExitCode    = "SWEBENCH_TEST_EXIT_CODE=$?"
	printExitCode   = `echo "` + markExitCode + `: $SWEBENCH_TEST_EXIT_CODE"`
)

// EvalScript returns the official evaluation script of a task, for /bin/bash in
// the instance's image: the row's own, or the one that its repository, version
// and test patch determine. By the rules of version 5 the script also prints
// the exit status of the tests. The markers reach the log only because the
// shell traces its commands.
func EvalScript(task bench.Task, rules Rules) (string, error) {
	rules = rulesFor(task, rules)
	script := task.EvalScript
	if script == "" {
		commands, err := evalCommands(task, rules)
		if err != nil {
			return "", err
		}
		script = shebang + "\n" + setOptions + "\n" + strings.Join(commands, "\n") + "\n"
	}
	if rules == V4 {
		return script, nil
	}
	return recordExitCode(script), nil
}

// recordExitCode puts commands around the end marker that print the exit status
// of the command before it. The script is taken apart and put together as the
// harness does it, which drops its first two lines wherever they occur.
func recordExitCode(script string) string {
	out := []string{shebang, setOptions}
	recorded := false
	for _, line := range strings.Split(trim(script), "\n") {
		switch {
		case line == shebang || line == setOptions:
		case !recorded && strings.Contains(line, markEnd):
			recorded = true
			out = append(out, saveExitCode, line, printExitCode)
		default:
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n") + "\n"
}

// evalCommands derives the commands of a script without its first two lines.
func evalCommands(task bench.Task, rules Rules) ([]string, error) {
	repo := repoFacts(task.Repo)
	spec, ok := repo.version(task.Version)
	switch {
	case task.Judging != nil && task.Judging.TestCmd != "":
		own := versionSpec{Install: task.Judging.Install, TestCmd: []string{task.Judging.TestCmd}}
		return pythonCommands(task, own, rules), nil
	case task.Judging != nil && len(task.Judging.TestCmds) > 0:
		return commonCommands(task, versionSpec{TestCmd: task.Judging.TestCmds}), nil
	case repo.CustomTestCmd:
		return nil, fmt.Errorf("task %s: the test commands of %s follow from the patch: "+
			"the row needs an eval_script", task.InstanceID, task.Repo)
	case repo.Language == "":
		return nil, fmt.Errorf("task %s: repository %q is unknown: "+
			"the row needs an eval_script", task.InstanceID, task.Repo)
	case !ok || len(spec.TestCmd) == 0:
		return nil, fmt.Errorf("task %s: version %q of %s is unknown: "+
			"the row needs an eval_script", task.InstanceID, task.Version, task.Repo)
	case repo.Language == "py":
		return pythonCommands(task, spec, rules), nil
	case repo.Language == "js" && rules != V4:
		return nil, fmt.Errorf("task %s: the script of a JavaScript row cannot be derived "+
			"under rules %s: the row needs an eval_script", task.InstanceID, rules)
	}
	return commonCommands(task, spec), nil
}

func pythonCommands(task bench.Task, spec versionSpec, rules Rules) []string {
	reset := resetCommands(task, rules)
	c := []string{activate, condaEnv, "cd " + officialWorkdir}
	c = append(c, spec.EvalCommands...)
	c = append(c, safeDirectory, "cd "+officialWorkdir,
		"git status", "git show", "git -c core.fileMode=false diff "+task.BaseCommit,
		activate, condaEnv)
	if spec.Install != "" {
		c = append(c, spec.Install)
	}
	test := append([]string{spec.TestCmd[0]}, directives(task.Repo, task.TestPatch)...)
	c = append(c, reset...)
	c = append(c, hereDocument("git apply -v -", task.TestPatch, patchDelimiter),
		startCommand, strings.Join(test, " "), endCommand)
	return append(c, reset...)
}

// resetCommands undo what a model's patch did to the files of the test patch.
// In version 4 a test patch that only adds files resets the whole tree.
func resetCommands(task bench.Task, rules Rules) []string {
	modified, added := testFiles(task.TestPatch)
	checkout := "git checkout " + task.BaseCommit + " " + strings.Join(modified, " ")
	if rules == V4 {
		return []string{checkout}
	}
	var c []string
	if len(modified) > 0 {
		c = append(c, checkout)
	}
	if len(added) > 0 {
		c = append(c, "rm -f "+strings.Join(added, " "))
	}
	return c
}

// commonCommands are those of all languages but Python.
func commonCommands(task bench.Task, spec versionSpec) []string {
	reset := `echo "No test files to reset"`
	if modified, _ := testFiles(task.TestPatch); len(modified) > 0 {
		reset = "git checkout " + task.BaseCommit + " " + strings.Join(modified, " ")
	}
	c := []string{"cd " + officialWorkdir, safeDirectory, "cd " + officialWorkdir, reset,
		hereDocument("git apply --verbose --reject -", task.TestPatch, patchDelimiter)}
	c = append(c, spec.Build...)
	c = append(c, startCommand)
	c = append(c, spec.TestCmd...)
	return append(c, endCommand, reset)
}

// hereDocument feeds a text to a command through a here-document.
func hereDocument(command, text, delimiter string) string {
	return command + " <<'" + delimiter + "'\n" + text + "\n" + delimiter
}

// TestScript returns the evaluation script of a task that has a TestCommand, for
// /bin/sh in any sandbox: reset the files of the test patch, apply it, run the
// command between the markers, print its exit status.
func TestScript(task bench.Task, workdir string) string {
	lines := []string{"#!/bin/sh", "set -u", "cd " + quote(workdir) + " || exit 1"}
	if strings.TrimSpace(task.TestPatch) != "" {
		modified, added := testFiles(task.TestPatch)
		base := task.BaseCommit
		if base == "" {
			base = "HEAD"
		}
		if len(modified) > 0 {
			lines = append(lines, "git checkout "+quote(base)+" -- "+quoteAll(modified))
		}
		if len(added) > 0 {
			lines = append(lines, "rm -f -- "+quoteAll(added))
		}
		patch := strings.TrimSuffix(task.TestPatch, "\n")
		lines = append(lines, hereDocument("git apply -v -", patch, delimiterFor(patch)))
	}
	return strings.Join(append(lines,
		"echo '"+markStart+"'",
		"(", task.TestCommand, ")", // in a shell of its own, which it may leave
		saveExitCode,
		"echo '"+markEnd+"'",
		printExitCode,
	), "\n") + "\n"
}

// delimiterFor returns a here-document delimiter that is no line of text.
func delimiterFor(text string) string {
	d := patchDelimiter
	for strings.Contains(text, d) {
		d += "_"
	}
	return d
}

// quote makes s one word for a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	return strings.Join(quoted, " ")
}

// ImageName is the name of a task's official image: the row's own, or the one
// that the instance id determines. With a namespace, such as "swebench", the
// double underscore is replaced, because registries refuse it.
func ImageName(task bench.Task, namespace string) string {
	if task.Image != "" {
		return task.Image
	}
	name := "sweb.eval.x86_64." + strings.ToLower(task.InstanceID) + ":latest"
	if namespace == "" {
		return name
	}
	return strings.ToLower(namespace) + "/" + strings.ReplaceAll(name, "__", "_1776_")
}
