package swebench_test

import (
	"fmt"

	"bench"
	"bench/scoring/swebench"
)

// A stored log is graded without any sandbox.
func ExampleJudge() {
	task := bench.Task{
		InstanceID: "pallets__flask-5014", Repo: "pallets/flask",
		FailToPass: []string{"tests/test_blueprints.py::test_empty_name_not_allowed"},
		PassToPass: []string{"tests/test_blueprints.py::test_template_filter"},
	}
	log := `+ : '>>>>> Start Test Output'
PASSED tests/test_blueprints.py::test_empty_name_not_allowed
FAILED tests/test_blueprints.py::test_template_filter - AssertionError
+ : '>>>>> End Test Output'
`
	grade, err := swebench.Judge(task, swebench.V5, []byte(log))
	fmt.Println(grade.Status, *grade.Resolved, err)
	fmt.Println(grade.PassToPass.Failure)
	// Output:
	// NO false <nil>
	// [tests/test_blueprints.py::test_template_filter]
}
