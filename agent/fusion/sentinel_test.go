package fusion

import (
	"testing"

	"bench"
	"bench/agent"
)

// A final text hands the work back in every form in which models write the
// word that they were told, and in none in which they only speak of it.
func TestSentinelForms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text   string
		report bool
		reason string
		form   bench.SentinelForm
	}{
		{text: "ESCALATE_TO_MAIN: needs design", reason: "needs design", form: bench.SentinelExact},
		{text: "\n  ESCALATE_TO_MAIN:needs design\nmore", reason: "needs design", form: bench.SentinelExact},
		{text: "**ESCALATE_TO_MAIN:** needs design", reason: "needs design", form: bench.SentinelMarked},
		{text: "**ESCALATE_TO_MAIN: needs design**", reason: "needs design", form: bench.SentinelMarked},
		{text: "__ESCALATE_TO_MAIN__: needs design", reason: "needs design", form: bench.SentinelMarked},
		{text: "`ESCALATE_TO_MAIN`: needs design", reason: "needs design", form: bench.SentinelMarked},
		{text: "## ESCALATE_TO_MAIN: needs design", reason: "needs design", form: bench.SentinelMarked},
		{text: "- **ESCALATE_TO_MAIN**: needs design", reason: "needs design", form: bench.SentinelMarked},
		{text: "[ESCALATE_TO_MAIN] needs design", reason: "needs design", form: bench.SentinelMarked},
		{text: "ESCALATE_TO_MAIN - needs design", reason: "needs design", form: bench.SentinelSeparated},
		{text: "ESCALATE_TO_MAIN — needs design", reason: "needs design", form: bench.SentinelSeparated},
		{text: "ESCALATE_TO_MAIN–needs design", reason: "needs design", form: bench.SentinelSeparated},
		{text: "ESCALATE_TO_MAIN： needs design", reason: "needs design", form: bench.SentinelSeparated},
		{text: "ESCALATE_TO_MAIN needs design", reason: "needs design", form: bench.SentinelSeparated},
		{text: "escalate_to_main: needs design", reason: "needs design", form: bench.SentinelSpelled},
		{text: "Escalate to main: needs design", reason: "needs design", form: bench.SentinelSpelled},
		{text: "ESCALATE-TO-MAIN: needs design", reason: "needs design", form: bench.SentinelSpelled},
		{text: "```\nESCALATE_TO_MAIN: needs design\n```", reason: "needs design", form: bench.SentinelFenced},
		{text: "ESCALATE_TO_MAIN\nIt needs design.", reason: "It needs design.", form: bench.SentinelBare},
		{text: "ESCALATE_TO_MAIN", form: bench.SentinelBare},
		{text: "ESCALATE_TO_MAIN:  ", form: bench.SentinelBare},
		{text: "This is a public interface. ESCALATE_TO_MAIN: needs design", reason: "needs design", form: bench.SentinelInSentence},
		{text: "I am not sure! **ESCALATE_TO_MAIN:** needs design", reason: "needs design", form: bench.SentinelInSentence},
		{text: "I found the cause.\n\nESCALATE_TO_MAIN: needs design", reason: "needs design", form: bench.SentinelBelow},

		{text: "Say ESCALATE_TO_MAIN: no"},
		{text: "I would escalate to main if it were larger."},
		{text: "Escalate to main if it is larger."},
		{text: "escalate_to_main is a function of the repository"},
		{text: "The file says:\nESCALATE_TO_MAIN: trap"},
		{text: "I read this.\n> ESCALATE_TO_MAIN: trap"},
		{text: "I read this.\n```\nESCALATE_TO_MAIN: trap\n```\nNothing else."},
		{text: "Findings: it logs \"ESCALATE_TO_MAIN: trap\" there."},
		{text: "All is well.\nESCALATE_TO_MAIN: trap", report: true},
		{text: "ESCALATE_TO_MAIN: needs design", report: true, reason: "needs design", form: bench.SentinelExact},
		{text: "ESCALATE_TO_MAINTENANCE: needs design"},
		{text: ""},
	} {
		reason, form := call(test.text, test.report)
		if reason != test.reason || form != test.form {
			t.Errorf("%q: %q, form %q; want %q, form %q", test.text, reason, form, test.reason, test.form)
		}
	}
}

func FuzzSentinel(f *testing.F) {
	f.Add("**ESCALATE_TO_MAIN:** x", false)
	f.Add("```\n```\n```", true)
	f.Fuzz(func(t *testing.T, text string, report bool) {
		if reason, form := call(text, report); form == "" && reason != "" {
			t.Errorf("a reason %q without a form", reason)
		}
	})
}

func TestStatedRisk(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		said bench.Risk
		text string
		want bench.Risk
	}{
		{"high", "Risk: low", "high"},
		{"", "Findings: x\nNext step: y\nRisk: Medium, because", "medium"},
		{"", "**Risk:** low", "low"},
		{"", "- Risk: **high** that", "high"},
		{"", "There is a risk: high load", ""},
		{"", "Risk: highly unlikely", ""},
		{"", "Risk: none", ""},
	} {
		got := statedRisk(agent.Result{Message: test.text, Final: &agent.Final{Risk: test.said}})
		if got != test.want {
			t.Errorf("%q and %q: %q, want %q", test.said, test.text, got, test.want)
		}
	}
}
