package swebench

import (
	"slices"
	"strings"
	"testing"
)

// TestCorpusEvalScripts derives the script, the image, the directives and the
// files of every row, in all versions.
func TestCorpusEvalScripts(t *testing.T) {
	type scriptCase struct {
		InstanceID string `json:"instance_id"`
		Image      string
		Directives []string
		Modified   []string `json:"modified_files"`
		New        []string `json:"new_files"`
		V5         string   `json:"eval_script_v5"`
		LastV4     string   `json:"eval_script_last_v4"`
		V41        *string  `json:"eval_script_v4.1.0"`
	}
	rows := rowsByID(t)
	agree, all := 0, 0
	jsonLines(t, "swebench/eval_scripts.jsonl.gz", func(c scriptCase) {
		all++
		task := rows[c.InstanceID].task()
		want4 := c.LastV4
		if c.V41 != nil {
			want4 = *c.V41
		}
		v5, err := EvalScript(task, V5)
		if err != nil {
			t.Fatal(err)
		}
		v4, err := EvalScript(task, V4)
		if err != nil {
			t.Fatal(err)
		}
		lastV4 := strings.NewReplacer(saveExitCode+"\n", "", printExitCode+"\n", "").Replace(v5)
		given := task
		given.EvalScript = c.LastV4 // as rows of format v5 carry it
		fromRow, err := EvalScript(given, V5)
		if err != nil {
			t.Fatal(err)
		}
		modified, added := testFiles(task.TestPatch)
		if v5 != c.V5 || v4 != want4 || lastV4 != c.LastV4 || fromRow != c.V5 ||
			ImageName(task, "swebench") != c.Image ||
			!slices.Equal(directives(task.Repo, task.TestPatch), c.Directives) ||
			!slices.Equal(modified, c.Modified) || !slices.Equal(added, c.New) {
			t.Errorf("%s: v5 %v, v4.1 %v, last v4 %v, row %v, image %v", c.InstanceID,
				v5 == c.V5, v4 == want4, lastV4 == c.LastV4, fromRow == c.V5,
				ImageName(task, "swebench"))
			return
		}
		agree++
	})
	report(t, "evaluation scripts", agree, all)
}
