package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"bench/config"
)

// TestOfficialImages: the image of a task of every known dataset, by its makers'
// rules, where the row names none and where it does.
func TestOfficialImages(t *testing.T) {
	t.Parallel()
	const row = `"base_commit":"0123456789012345678901234567890123456789","problem_statement":"p",` +
		`"patch":"","test_patch":"diff --git a/t b/t\n","FAIL_TO_PASS":["a"],"PASS_TO_PASS":[],"version":"1"`
	const id = `"instance_id":"Owner__Name-1","repo":"Owner/Name",` + row
	for _, c := range []struct{ source, row, image string }{
		{"swe-bench", id, "swebench/sweb.eval.x86_64.owner_1776_name-1:latest"},
		{"swe-bench-lite", id, "swebench/sweb.eval.x86_64.owner_1776_name-1:latest"},
		{"swe-bench-verified", id, "swebench/sweb.eval.x86_64.owner_1776_name-1:latest"},
		{"swe-bench-multilingual", id, "swebench/sweb.eval.x86_64.owner_1776_name-1:latest"},
		{"swe-bench-multimodal", id, "swebench/sweb.eval.x86_64.owner_1776_name-1:latest"},
		{"swe-bench-verified", id + `,"image":"swebench/own:v5"`, "swebench/own:v5"},
		{"swe-bench-live", id + `,"test_cmds":["t"],"log_parser":"pytest"`,
			"starryzhang/sweb.eval.x86_64.owner_1776_name-1:latest"},
		{"swe-bench-live", id + `,"test_cmds":["t"],"log_parser":"pytest","docker_image":"a/b:1"`, "a/b:1"},
		{"swe-bench-live-multilang", id + `,"test_cmds":["t"],"rebuild_cmds":[],"print_cmds":[],` +
			`"parser":"pytest"`, "starryzhang/sweb.eval.x86_64.owner_1776_name-1:latest"},
		{"swe-rebench", id + `,"install_config":{"test_cmd":"t","log_parser":"parse_log_pytest"}`,
			"swerebench/sweb.eval.x86_64.owner_1776_name-1:latest"},
		{"swe-rebench", id + `,"install_config":{"test_cmd":"t","log_parser":"parse_log_pytest"},` +
			`"image_name":"swerebench/own:1"`, "swerebench/own:1"},
		{"swe-bench-extra", id + `,"meta":{"is_lite":true}`,
			"swerebench/sweb.eval.x86_64.owner_1776_name-1:latest"},
		{"swe-gym", id, "xingyaoww/sweb.eval.x86_64.owner_s_name-1:latest"},
		{"swe-smith", `"instance_id":"Owner__Name.1.bug","repo":"swesmith/Owner__Name.1","patch":"",` +
			`"FAIL_TO_PASS":["a"],"PASS_TO_PASS":[],"problem_statement":"p",` +
			`"image_name":"swebench/swesmith.x86_64.owner_1776_name.1"`,
			"swebench/swesmith.x86_64.owner_1776_name.1"},
		{"swe-bench-pro", strings.NewReplacer("FAIL_TO_PASS", "fail_to_pass", "PASS_TO_PASS",
			"pass_to_pass", `["a"]`, `"['a']"`, `[]`, `"[]"`).Replace(id) + `,"dockerhub_tag":"owner.name-Tag",` +
			`"before_repo_set_cmd":"","selected_test_files_to_run":"['a']"`,
			"jefzda/sweap-images:owner.name-Tag"},
		{"multi-swe-bench", `"org":"Owner","repo":"Name","number":12,"title":"t","body":"b",` +
			`"base":{"label":"l","ref":"main","sha":"0123456789012345678901234567890123456789"},` +
			`"resolved_issues":[],"fix_patch":"","test_patch":"","f2p_tests":{"a":{"run":"NONE",` +
			`"test":"FAIL","fix":"PASS"}},"fixed_tests":{"a":{"run":"NONE","test":"FAIL","fix":"PASS"}},` +
			`"p2p_tests":{},"s2p_tests":{},"n2p_tests":{}`, "mswebench/owner_m_name:pr-12"},
	} {
		file := filepath.Join(t.TempDir(), "rows.jsonl")
		if err := os.WriteFile(file, []byte("{"+c.row+"}\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		cfg := &config.Config{}
		cfg.Dataset.Source, cfg.Dataset.Path, cfg.Dataset.Split = c.source, file, "test"
		cmd := &cobra.Command{}
		cmd.SetContext(t.Context())
		set, err := loadTasks(cmd, cfg)
		if err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		if got := set.Tasks[0].Image; got != c.image {
			t.Errorf("%s: %s, want %s", c.source, got, c.image)
		}
	}
}
