package datasets

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bench"
)

// cellKind is the type of a value in a row.
type cellKind int

const (
	absent cellKind = iota // no such column, or null
	text
	list   // of texts
	number // a whole one, in digits
	object // its keys are the list
	other  // anything else
)

// cell is one value of a row, whatever the format of the file.
type cell struct {
	kind cellKind
	text string
	list []string
	what string // describes a value that is no text, for messages
	raw  []byte // as JSON, if it is an object or a list of objects
}

// found describes the value, for messages.
func (c cell) found() string {
	if c.kind == text {
		return quoted(c.text)
	}
	return c.what
}

// row gives the values of one row by column name.
type row struct {
	where string
	cell  func(column string) cell
}

// columns are those that rows are read for; parquet files have many more. A dot
// leads to a field of an object.
func columns() []string {
	return []string{
		"instance_id", "repo", "base_commit", "environment_setup_commit", "version",
		"problem_statement", "hints_text", "created_at", "patch", "test_patch", "FAIL_TO_PASS",
		"PASS_TO_PASS", "image", "image_name", "docker_image", "eval_script", "log_parser",
		"eval_type", "image_assets", "image_assets.patch", "image_assets.test_patch",
		"test_cmds", "rebuild_cmds", "print_cmds", "parser",
		"install_config", "install_config.install", "install_config.test_cmd",
		"install_config.log_parser", "install_config.base_image_name", "meta.is_lite",
		"fail_to_pass", "pass_to_pass", "selected_test_files_to_run", "dockerhub_tag",
		"before_repo_set_cmd", "requirements", "interface",
		"org", "number", "base.sha", "title", "body", "resolved_issues", "fix_patch",
		"fixed_tests", "p2p_tests",
	}
}

var (
	idRE     = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+@-]{0,199}$`)
	repoRE   = regexp.MustCompile(`^[^/\s]+/[^/\s]+$`)
	commitRE = regexp.MustCompile(`^([0-9a-fA-F]{40}|[0-9a-fA-F]{64})$`)
)

// IsID reports whether a text can be the id of an instance: it becomes a part of
// file names.
func IsID(id string) bool { return idRE.MatchString(id) }

// rowReader turns one row into a task and reports what is wrong with it.
type rowReader struct {
	row
	forLogs bool
	judging *facts
	id      string
	errs    *Errors
}

func (r *rowReader) fail(field, format string, args ...any) {
	r.errs.Add(&Error{
		Where: r.where, Instance: r.id, Field: field, Message: fmt.Sprintf(format, args...),
	})
}

// task reads a row of a dataset, which is told by its fields if source does not
// name it. What is wrong with it is in errs.
func (r *rowReader) task(source string) bench.Task { return r.kindOf(source).read(r) }

// need says which fields a dataset's rows must have; all have an id and tests.
type need struct {
	commit bool // base_commit
	script bool // version and test_patch, unless there is an eval_script
}

// common reads the fields that most datasets have.
func (r *rowReader) common(n need) (t bench.Task) {
	t.InstanceID = r.identifier()
	t.Repo = r.repository()
	if !r.forLogs {
		r.work(&t, n)
	}
	t.Version = r.text("version", !r.forLogs && n.script && t.EvalScript == "")
	t.FailToPass = r.tests("FAIL_TO_PASS")
	t.PassToPass = r.tests("PASS_TO_PASS")
	r.someTest("FAIL_TO_PASS", t.FailToPass)
	t.EvalType = r.text("eval_type", false)
	if !slices.Contains(evalTypes(), t.EvalType) {
		r.fail("eval_type", "expected pass_and_fail or fail_only, found %s", quoted(t.EvalType))
	}
	return t
}

// work reads what an agent or an evaluation script needs.
func (r *rowReader) work(t *bench.Task, n need) {
	t.BaseCommit = r.matching("base_commit", commitRE, "40 or 64 hexadecimal digits", n.commit)
	t.EnvironmentSetupCommit = r.text("environment_setup_commit", false)
	t.ProblemStatement = r.text("problem_statement", true)
	t.Hints = r.text("hints_text", false)
	t.CreatedAt = r.time("created_at")
	t.Patch = r.text("patch", false)
	t.EvalScript = r.text("eval_script", false)
	t.TestPatch = r.text("test_patch", n.script && t.EvalScript == "") // else the script is derived
	t.Image = r.image()
}

// repository reads owner/name. To judge a log it is no more than a name, by
// which a parser may be found.
func (r *rowReader) repository() string {
	if r.forLogs {
		return r.text("repo", true)
	}
	return r.matching("repo", repoRE, "owner/name", true)
}

// someTest reports an empty list, which no patch could fail; nil has been
// reported.
func (r *rowReader) someTest(column string, tests []string) {
	if tests != nil && len(tests) == 0 && !r.forLogs {
		r.fail(column, "no test judges the patch: the list is empty")
	}
}

// image is the first of the columns that name one.
func (r *rowReader) image() (image string) {
	for _, column := range []string{"image", "image_name", "docker_image"} {
		if s := r.text(column, false); image == "" {
			image = s
		}
	}
	return image
}

// evalTypes are the values of eval_type; the empty one is derived.
func evalTypes() []string { return []string{"", "pass_and_fail", "fail_only"} }

// identifier reads the instance id, which names files, containers and rows in
// messages.
func (r *rowReader) identifier() string {
	return r.knownAs(r.text("instance_id", true))
}

// knownAs checks an instance id and reports the row's mistakes under it.
func (r *rowReader) knownAs(id string) string {
	if id != "" && !IsID(id) {
		r.fail("instance_id", "expected letters, digits and . _ + @ -, found %s", quoted(id))
		return ""
	}
	r.id = id
	return id
}

// text reads a text; a missing one is empty.
func (r *rowReader) text(column string, required bool) string {
	c := r.cell(column)
	switch {
	case c.kind == text && (c.text != "" || !required):
		return c.text
	case c.kind == text:
		r.fail(column, "the text is empty")
	case c.kind != absent:
		r.fail(column, "expected a text, found %s", c.found())
	case required:
		r.fail(column, "the field is missing")
	}
	return ""
}

func (r *rowReader) matching(column string, re *regexp.Regexp, what string, required bool) string {
	s := r.text(column, required)
	if s != "" && !re.MatchString(s) {
		r.fail(column, "expected %s, found %s", what, quoted(s))
	}
	return s
}

// tests reads a list of tests, which may be a list or one encoded as JSON in a
// text. The result is nil if there is a mistake.
func (r *rowReader) tests(column string) []string {
	c := r.cell(column)
	switch c.kind {
	case absent:
		r.fail(column, "the field is missing")
		return nil
	case number, object, other:
		r.fail(column, "expected a list of tests, found %s", c.found())
		return nil
	case text:
		c.list = nil
		if err := json.Unmarshal([]byte(c.text), &c.list); err != nil || c.list == nil {
			r.fail(column, "expected a list of tests, or one as JSON in a text, found %s", quoted(c.text))
			return nil
		}
	case list:
	}
	if i := slices.Index(c.list, ""); i >= 0 && !r.forLogs {
		r.fail(column, "test %d has no name", i+1)
	}
	return append([]string{}, c.list...)
}

// commands reads shell commands: a text, or a list of texts.
func (r *rowReader) commands(column string) []string {
	switch c := r.cell(column); c.kind {
	case absent:
		return nil
	case text:
		return slices.DeleteFunc([]string{c.text}, func(s string) bool { return s == "" })
	case list:
		return c.list
	case number, object, other:
		r.fail(column, "expected a text or a list of texts, found %s", c.found())
	}
	return nil
}

// time reads a point in time in one of the forms that datasets use.
func (r *rowReader) time(column string) time.Time {
	if c := r.cell(column); c.kind == number { // milliseconds, as pandas writes them
		if ms, err := strconv.ParseInt(c.text, 10, 64); err == nil {
			return time.UnixMilli(ms).UTC()
		}
	}
	s := r.text(column, false)
	if s == "" {
		return time.Time{}
	}
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05-07:00",
		"2006-01-02 15:04:05", "2006-01-02",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	r.fail(column, "expected a time such as 2022-03-03T15:14:54Z, found %s", quoted(s))
	return time.Time{}
}

// quoted is a text as messages show it: its beginning, on one line.
func quoted(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return fmt.Sprintf("%q", strings.ToValidUTF8(s, "\uFFFD"))
}
