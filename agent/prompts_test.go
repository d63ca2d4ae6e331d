package agent

import (
	"flag"
	"os"
	"strings"
	"testing"

	"bench"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Every message of the harness is rendered, in every form.
func TestHarnessWords(t *testing.T) {
	t.Parallel()
	all := []string{
		render("blank", nil), render("cut", nil), strings.TrimSpace(render("cut_call", nil)),
		render("repeated", struct{ Times int }{sameErrors}), render("wrap_up", nil),
	}
	for _, role := range []bench.Role{bench.RoleMain, bench.RoleSidekick} {
		for _, r := range []bench.Resource{
			bench.ResourceIterations, bench.ResourceCost, bench.ResourceTokens, bench.ResourceWall,
		} {
			all = append(all, noticePrompt(role, r, false, 0.8))
		}
		all = append(all, noticePrompt(role, bench.ResourceIterations, true, 0.8),
			noticePrompt(role, bench.ResourceCost, false, 0))
	}
	got := strings.Join(all, "\n---\n") + "\n"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("testdata/harness.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/harness.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("testdata/harness.txt differs; run with -update and look at the difference:\n%s", got)
	}
}
