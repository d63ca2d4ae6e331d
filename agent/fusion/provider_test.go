package fusion

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"bench"
	"bench/agent/agenttest"
	"bench/llm"
)

// refuses fails every call of the agents named, as a provider does that refuses
// the request.
func refuses(agents ...string) func(context.Context, llm.Request) error {
	return func(_ context.Context, req llm.Request) error {
		for _, a := range agents {
			if req.Speaker.Agent == a {
				return &llm.StatusError{Status: 400, Err: fmt.Errorf("%w: tools are not supported", llm.ErrRefused)}
			}
		}
		return nil
	}
}

// Faults of the sidekicks' provider are no escalations. Above the share that the
// configuration puts up with, the trial says nothing of it.
func TestProviderFailures(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		dead  []string
		most  float64
		state bench.AgentState
		error string
	}{
		{"none", nil, 0, bench.AgentFinished, ""},
		{"all", []string{"t0001", "t0002", "t0003", "t0004", "t0005"}, 0.2, bench.AgentErrorLLM,
			"faults of the sidekicks' provider ended 5 of 5 delegations (max_provider_failures: 0.2): " +
				"HTTP 400: request refused: tools are not supported"},
		{"just as many as allowed", []string{"t0002"}, 0.2, bench.AgentFinished, ""},
		{"one more", []string{"t0002", "t0004"}, 0.2, bench.AgentErrorLLM, "ended 2 of 5 delegations"},
		{"however many", []string{"t0001", "t0002", "t0003", "t0004", "t0005"}, 1, bench.AgentFinished, ""},
		{"one where none is allowed", []string{"t0005"}, 0, bench.AgentErrorLLM, "ended 1 of 5 delegations"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := configuration()
			c.Sidekick.Workspace, c.Sidekick.MaxProviderFailures = bench.WorkspaceSharedFree, test.most
			s := &script{hook: refuses(test.dead...), said: map[string][]llm.Response{"main": {
				say("", brief("1"), brief("2"), brief("3"), brief("4"), brief("5")), done("ok"),
			}}}
			for i := range 5 {
				s.said[fmt.Sprintf("t%04d", i+1)] = []llm.Response{report("found it")}
			}
			tr := newTrial(t, c)
			sub := tr.run(t, t.Context(), s)
			if sub.State != test.state || !strings.Contains(sub.Error, test.error) || test.error == "" && sub.Error != "" {
				t.Errorf("%s: %s", sub.State, sub.Error)
			}
			failed := 0
			for _, e := range agenttest.Of[bench.DelegationEnded](tr.log) {
				if e.Escalation != bench.NotEscalated {
					t.Errorf("%s is an escalation", e.DelegationID)
				}
				if e.ProviderFailure() {
					failed++
				}
			}
			if failed != len(test.dead) {
				t.Errorf("%d provider failures in the log, want %d", failed, len(test.dead))
			}
		})
	}
}
