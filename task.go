package bench

import "time"

// Task is one problem of a dataset: a repository at a commit, a problem
// statement, and the tests that judge a patch. Field names follow the columns
// of SWE-bench rows.
type Task struct {
	InstanceID             string    `json:"instance_id"`
	Repo                   string    `json:"repo"` // "owner/name"
	BaseCommit             string    `json:"base_commit,omitempty"`
	EnvironmentSetupCommit string    `json:"environment_setup_commit,omitempty"`
	Version                string    `json:"version,omitempty"`
	ProblemStatement       string    `json:"problem_statement"`
	Hints                  string    `json:"hints_text,omitempty"`
	CreatedAt              time.Time `json:"created_at,omitzero"`

	// Patch is the gold solution and TestPatch the change that adds the judging
	// tests; both are unified diffs with a/ and b/ prefixes. Agents see neither.
	Patch     string `json:"patch,omitempty"`
	TestPatch string `json:"test_patch,omitempty"`

	// FailToPass must fail before and pass after the patch; PassToPass must
	// pass before and after. The strings are keys as the log parser makes them.
	FailToPass []string `json:"FAIL_TO_PASS"`
	PassToPass []string `json:"PASS_TO_PASS"`

	// Columns that rows of dataset format v5 carry. Empty ones are derived from
	// Repo and Version by package scoring/swebench.
	Image      string `json:"image,omitempty"`
	EvalScript string `json:"eval_script,omitempty"`
	LogParser  string `json:"log_parser,omitempty"`
	EvalType   string `json:"eval_type,omitempty"` // pass_and_fail or fail_only

	// TestCommand is the shell command of a task folder that runs its tests;
	// an evaluation script is made around it.
	TestCommand string `json:"test_command,omitempty"`

	// Source is set for tasks whose machine is built here rather than pulled, or
	// whose repository lies elsewhere than in SWE-bench's images.
	Source Source `json:"source,omitzero"`

	// Machine and Wall are what the task itself asks for: of its machines, and at most for
	// the work of an agent.
	Machine Machine       `json:"machine,omitzero"`
	Wall    time.Duration `json:"wall,omitempty"`

	// Judging is set for tasks of datasets with rules of their own.
	Judging *Judging `json:"judging,omitempty"`
}

// Source says how to build the machine of a task: where its repository comes
// from and what must run before an agent can work. Exactly one of Repository
// and Tree is set, unless the zero value is used.
type Source struct {
	Repository string   `json:"repository,omitempty"` // path or git URL, taken at BaseCommit
	Tree       string   `json:"tree,omitempty"`       // plain directory, committed as the base commit
	BaseImage  string   `json:"base_image,omitempty"` // the repository is put into it; not for local
	Setup      []string `json:"setup,omitempty"`      // shell commands, in the repository, online
	Workdir    string   `json:"workdir,omitempty"`    // where the repository lies; default /testbed

	// Context is a directory with a Dockerfile, from which the image is built, and Content
	// the hash of its files. BuildTime bounds that. Such an image, and one of a task that a
	// Verifier judges, says itself what its workdir is, unless Workdir does.
	Context   string        `json:"context,omitempty"`
	Content   string        `json:"content,omitempty"`
	BuildTime time.Duration `json:"build_time,omitempty"`
}

// IsZero reports whether the source says nothing.
func (s Source) IsZero() bool {
	return s.Repository == "" && s.Tree == "" && s.BaseImage == "" && len(s.Setup) == 0 &&
		s.Workdir == "" && s.Context == "" && s.Content == "" && s.BuildTime == 0
}

// Judging is how a task is judged where its dataset departs from SWE-bench. The
// datasets' own harnesses are the source; docs/datasets.md names them.
type Judging struct {
	Set string `json:"set"` // the dataset, by its name

	// Lacks is what judging needs and neither the row nor the program has, as the
	// end of a sentence; "" if nothing is missing. Such a task can be listed, not
	// run.
	Lacks string `json:"lacks,omitempty"`

	// Rule turns the tests' statuses into a verdict; "" is SWE-bench's.
	Rule Rule `json:"rule,omitempty"`

	// Version is that of SWE-bench's rules, "v4" or "v5", which a harness follows
	// that is a fork of SWE-bench's; "" as set.
	Version string `json:"version,omitempty"`

	// Install and TestCmd stand for what SWE-bench knows of a Python repository:
	// the shell command before the test patch, and the one that runs the test
	// files of the test patch. TestCmds stand for what it knows of one in another
	// language: commands that are run as they are.
	Install  string   `json:"install,omitempty"`
	TestCmd  string   `json:"test_cmd,omitempty"`
	TestCmds []string `json:"test_cmds,omitempty"`

	// Files are put into the grading sandbox first, by absolute path. Then Before
	// is run by bash in the workdir; if it fails there is no verdict.
	Files  map[string]string `json:"files,omitempty"`
	Before string            `json:"before,omitempty"`

	// Apply are the shell commands that apply a patch, of which the first that
	// succeeds counts; the name of the patch is added. Empty: SWE-bench's.
	Apply       []string      `json:"apply,omitempty"`
	StripBinary bool          `json:"strip_binary,omitempty"` // from the patch, before it is applied
	Timeout     time.Duration `json:"timeout,omitempty"`      // of the evaluation script; 0: as set
	// StripTimings cuts durations off the names of tests before they are compared.
	StripTimings bool `json:"strip_timings,omitempty"`

	// Verifier judges the task instead of all this.
	Verifier *Verifier `json:"verifier,omitempty"`
}

// Rule says when a patch has resolved a task.
type Rule string

// The rules beside SWE-bench's own, which is the empty one.
const (
	// RuleMissingPasses: a listed test that no log line mentions counts as passed.
	RuleMissingPasses Rule = "missing_passes"
	// RuleNoRegression: every test of FailToPass passed, and none of PassToPass
	// failed; tests of PassToPass that were skipped or are missing do not count.
	RuleNoRegression Rule = "no_regression"
	// RuleAllPassed: every listed test has the status PASSED.
	RuleAllPassed Rule = "all_passed"
)
