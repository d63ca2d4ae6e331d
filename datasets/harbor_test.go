package datasets_test

import (
	"path/filepath"
	"strings"
	"testing"

	"bench/datasets"
)

// TestHarbor: Harbor's task folders can be listed, and say why they cannot be
// run.
func TestHarbor(t *testing.T) {
	t.Parallel()
	set := mustLoad(t, datasets.Options{Path: "testdata/harbor"})
	if len(set.Tasks) != 2 {
		t.Fatalf("%d tasks", len(set.Tasks))
	}
	plain, rocket := set.Tasks[0], set.Tasks[1]
	if plain.InstanceID != "plain" || plain.Repo != "harbor/plain" || plain.Image != "" ||
		plain.ProblemStatement != "Say hello.\n" {
		t.Errorf("%+v", plain)
	}
	if rocket.InstanceID != "rocket-period" || rocket.Repo != "acme/rocket-period" ||
		rocket.Image != "acme/rocket:1" || !strings.Contains(rocket.Judging.Lacks, "Dockerfile") {
		t.Errorf("%+v", rocket)
	}
	one := mustLoad(t, datasets.Options{Path: "testdata/harbor/plain"})
	if len(one.Tasks) != 1 || one.Fingerprint == set.Fingerprint {
		t.Errorf("%+v", one)
	}
}

// TestHarborBad: what is wrong with a task.toml is said with its line.
func TestHarborBad(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a = 1\nb":                    "line 2: no = after b",
		"a = ":                        "line 1: a: no value",
		"a = 1\na = 2":                "line 2: a is given twice",
		"a = \"x":                     "line 1: a: the text has no end",
		"a = \"x\ny\"":                "line 1: a: the text has no end",
		"a = \"\\q\"":                 "line 1: a: an escape that does not exist",
		"[a\nb = 1":                   "line 1: the name of a table does not end",
		"a = [1, 2\nb = 3":            "neither a comma nor ] follows",
		"a = {b 1}":                   "line 1: a: no = after b",
		"a = yes":                     `line 1: a: "yes" is no value`,
		"a = 1 b = 2":                 `line 1: a: "1 b = 2" is no value`,
		"a = \"x\" b":                 "line 1: more follows on the line",
		"\n\n= 1":                     "line 3: no key where one should be",
		"[[a]\nb = 1":                 "line 1: the name of a table does not end",
		"a = '''\n\n'''\nb = \"\\u12": "line 4: b: the text has no end",
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "task.toml"), []byte(text))
		write(t, filepath.Join(dir, "instruction.md"), []byte("x"))
		_, err := datasets.Load(t.Context(), datasets.Options{Path: dir})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "task.toml"), []byte("a = 1"))
	_, err := datasets.Load(t.Context(), datasets.Options{Path: dir})
	if err == nil || !strings.Contains(err.Error(), "instruction.md: the file is missing") {
		t.Error(err)
	}
}
