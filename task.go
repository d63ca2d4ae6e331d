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

	// Source is set for tasks whose machine is built here rather than pulled.
	Source Source `json:"source,omitzero"`
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
}

// IsZero reports whether the task names no source of its own.
func (s Source) IsZero() bool {
	return s.Repository == "" && s.Tree == "" && s.BaseImage == "" && len(s.Setup) == 0
}
