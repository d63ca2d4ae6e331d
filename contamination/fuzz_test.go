package contamination

import (
	"testing"
	"time"
)

// What agents write and see is theirs to choose: no command line ends the program.
func FuzzExamine(f *testing.F) {
	for _, line := range []string{
		"timeout '' git fetch", "timeout -s KILL 5 sh -c ''", "bash -lc", "git -C", "python -m", "cat <<''",
		"cat <<EOF\ngit log --all", "x=$(gh pr diff 417", `echo "$(a "$(b`, "\"`a\"",
		"wget -q -O", "curl -so", "set -e; git clone -q &>/dev/null", "\"a\\", `{"command":["sh","-c"]}`, `{"url":{"a":["x`,
	} {
		f.Add(line, logOf("bbbbbbb2", "Fri Apr 1 10:00:00 2022 +0000", "Refuse open outlines")+fixed)
	}
	f.Fuzz(func(_ *testing.T, line, output string) {
		x := NewExamination(Of(task), time.Now())
		x.Step(Step{Tool: "terminal", Shell: true, Inputs: []string{line}, Output: output})
		x.Step(Step{Tool: "web_fetch", Output: output}.Take(line))
		x.Findings()
	})
}
