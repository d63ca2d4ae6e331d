package swebench

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"path"
	"slices"
	"strings"

	"bench"
	"bench/sandbox"
	"bench/scoring"
)

// A canary is a test that must fail. It is put into a file of the task's tests and
// run with them, once more and in a sandbox of its own, when a patch has resolved its
// task: where the canary does not fail, neither is it known that the others would.

// canary is one canary: its name, which nobody can know before, the file that it is
// appended to, relative to the workdir, and its text.
type canary struct{ name, file, text string }

// canaryTexts by the ending of a test's file. %NAME% is the name.
var canaryTexts = map[string]string{
	// One for runners that collect functions, one for those that collect classes.
	".py": "\n\ndef test_%NAME%():\n    assert False, '%NAME%'\n\n\n" +
		"import unittest as unittest_%NAME%\n\n\n" +
		"class Test%NAME%(unittest_%NAME%.TestCase):\n    def test_%NAME%_too(self):\n" +
		"        self.fail('%NAME%')\n",
	".go": "\nfunc Test%NAME%(t *testing.T) { t.Fatal(\"%NAME%\") }\n",
	".rs": "\n#[cfg(test)]\nmod %NAME% {\n    #[test]\n    fn %NAME%() { panic!(\"%NAME%\") }\n}\n",
	".js": "\n;(typeof it === 'function' ? it : test)('%NAME%', () => { " +
		"throw new Error('%NAME%') });\n",
	".rb": "\nif defined?(RSpec)\n  RSpec.describe('%NAME%') { it('%NAME%') { raise '%NAME%' } }\n" +
		"elsif defined?(Minitest)\n  class Test%NAME% < Minitest::Test\n" +
		"    def test_%NAME%; raise '%NAME%'; end\n  end\nend\n",
}

// newCanary makes a canary for a task. It is not ok where none is known for its
// language, or where its test patch has no file of tests.
func newCanary(task bench.Task) (c canary, ok bool) {
	modified, added := testFiles(task.TestPatch)
	files := slices.DeleteFunc(append(added, modified...), func(name string) bool {
		return canaryText(name) == "" || !testFile().MatchString(name) ||
			path.Base(name) == "conftest.py"
	})
	if len(files) == 0 {
		return canary{}, false
	}
	c.file = files[0]
	if i := slices.IndexFunc(files, func(name string) bool { return listed(task, name) }); i >= 0 {
		c.file = files[i]
	}
	var random [6]byte
	rand.Read(random[:])
	c.name = "C" + hex.EncodeToString(random[:])
	c.text = strings.ReplaceAll(canaryText(c.file), "%NAME%", c.name)
	return c, true
}

func canaryText(name string) string {
	ext := path.Ext(name)
	switch ext {
	case ".jsx", ".ts", ".tsx", ".mjs", ".cjs":
		ext = ".js"
	}
	return canaryTexts[ext]
}

// listed reports whether the ids of the tests that are to be mended begin with the
// name of a file.
func listed(task bench.Task, file string) bool {
	return slices.ContainsFunc(task.FailToPass, func(id string) bool {
		return strings.HasPrefix(id, file)
	})
}

// in returns a script that appends the canary before the tests begin.
func (c canary) in(script evalScript, workdir string) evalScript {
	lines := strings.SplitAfter(script.text, "\n")
	at := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, markStart) })
	if at < 0 {
		return script
	}
	add := hereDocument("cat >>"+quote(path.Join(workdir, c.file)), strings.TrimSuffix(c.text, "\n"),
		delimiterFor(c.text))
	script.text = strings.Join(slices.Insert(lines, at, add+"\n"), "")
	return script
}

// read returns what a log says of the canary: that it failed, that it passed, or
// nothing.
func (c canary) read(task bench.Task, rules Rules, log []byte) (failed, passed bool) {
	name, _, err := parserOf(task, rules)
	if err != nil {
		return false, false
	}
	text := decode(log)
	m, err := Parse(name, rules, task, findMarks(text).slice)
	if err != nil || m.Len() == 0 {
		m, _ = Parse(name, rules, task, text)
	}
	for _, t := range m.Tests() {
		if !strings.Contains(t.Test, c.name) {
			continue
		}
		if passes(t.Status) {
			passed = true
		} else {
			failed = true
		}
	}
	return failed, passed
}

// watch holds a patch that has resolved its task against a canary. The verdict stays;
// what was seen is a flag. The body is the log of the canary's evaluation.
func (g *Grader) watch(
	ctx context.Context, job scoring.Job, grade *bench.Grade,
) (bench.Body, error) {
	c, ok := newCanary(job.Task)
	if !ok {
		grade.Flags = append(grade.Flags, FlagNoCanary)
		return nil, nil
	}
	log, failed, passed, err := g.canary(ctx, job, c)
	if err != nil {
		return nil, err
	}
	grade.CanaryLog = log.Hash()
	switch {
	case passed:
		grade.Flags = append(grade.Flags, FlagCanary)
	case !failed:
		// Either the patch hides it, or it cannot be seen: without the patch it must be.
		job.Patch = ""
		_, failed, _, err := g.canary(ctx, job, c)
		if err != nil {
			return nil, err
		}
		flag := FlagNoCanary
		if failed {
			flag = FlagCanary
		}
		grade.Flags = append(grade.Flags, flag)
	}
	return log, nil
}

// canary runs a task's tests with a canary in a sandbox of its own.
func (g *Grader) canary(
	ctx context.Context, job scoring.Job, c canary,
) (log bench.Body, failed, passed bool, err error) {
	err = g.inSandbox(ctx, job, func(box sandbox.Sandbox) error {
		files := filesFor(box.Workdir())
		script, err := g.script(job.Task, box.Workdir())
		if err != nil {
			return err
		}
		if err := g.before(ctx, box, job.Task); err != nil {
			return err
		}
		if _, _, err := g.apply(ctx, box, files.patch, job); err != nil {
			return err
		}
		script = c.in(script, box.Workdir())
		if _, err := putScript(ctx, box, files.script, script.text); err != nil {
			return err
		}
		result, err := g.test(ctx, box, files.script, script, g.timeoutOf(job.Task))
		log = validUTF8(result.Output)
		return err
	})
	if err == nil {
		failed, passed = c.read(job.Task, g.rules, log)
	}
	return log, failed, passed, err
}
