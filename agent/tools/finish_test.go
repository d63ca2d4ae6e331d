package tools_test

import (
	"testing"

	"bench"
	"bench/agent"
	"bench/agent/tools"
)

func TestFinish(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		tool      *tools.Finish
		arguments string
		want      agent.Final
		err       string
	}{
		{tools.NewFinish(), `{"message":"done"}`, agent.Final{Message: "done"}, ""},
		{tools.NewFinish(), `{"message":""}`, agent.Final{}, "message must not be empty"},
		{tools.NewFinish(), `{"message":"x","outcome":"report"}`, agent.Final{},
			`unknown field "outcome" (known: message)`},
		{tools.NewSidekickFinish(true), `{"message":"x","outcome":"report","risk":"low"}`,
			agent.Final{Message: "x", Risk: "low"}, ""},
		{tools.NewSidekickFinish(true), `{"message":"x","outcome":"escalate","reason_code":"security"}`,
			agent.Final{Message: "x", Escalate: true, Reason: bench.ReasonSecurity}, ""},
		{tools.NewSidekickFinish(true), `{"message":"x","outcome":"escalate"}`, agent.Final{},
			"reason_code is missing: outcome escalate needs one"},
		{tools.NewSidekickFinish(true), `{"message":"x"}`, agent.Final{}, "outcome is missing"},
		{tools.NewSidekickFinish(false), `{"message":"x","outcome":"escalate"}`, agent.Final{},
			`outcome must be one of report, not "escalate"`},
		{tools.NewSidekickFinish(false), `{"message":"x","outcome":"report"}`,
			agent.Final{Message: "x"}, ""},
	} {
		w, err := test.tool.Accept(t.Context(), agent.Call{Arguments: test.arguments})
		switch {
		case test.err != "" && (err == nil || err.Error() != test.err):
			t.Errorf("%s: error %v, want %q", test.arguments, err, test.err)
		case test.err == "" && (err != nil || *w.Final != test.want):
			t.Errorf("%s: %+v, %v", test.arguments, w.Final, err)
		}
	}
}
