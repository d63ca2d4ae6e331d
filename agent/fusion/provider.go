package fusion

import (
	"fmt"

	"bench"
)

// lostSandbox says why the trial is worth nothing: a fault of the machine ended an
// activation. It is empty if none did. All activations have ended.
func (t *team) lostSandbox() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, d := range t.delegations {
		for _, x := range d.activations {
			if x.out.reason == bench.ReasonSandboxLost {
				return fmt.Sprintf("of sidekick %s: %s", x.agent, x.out.cause())
			}
		}
	}
	return ""
}

// providerFailure says why the trial is worth nothing: the faults of the
// sidekicks' provider ended more of the activations than the configuration puts
// up with. It is empty if they did not. All activations have ended.
func (t *team) providerFailure() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	failed, all, why := 0, 0, ""
	for _, d := range t.delegations {
		for _, x := range d.activations {
			all++
			if x.out.reason != bench.ReasonLLMError {
				continue
			}
			if failed++; why == "" {
				why = x.out.cause()
			}
		}
	}
	if failed == 0 || float64(failed) <= t.sidekick.MaxProviderFailures*float64(all) {
		return ""
	}
	return fmt.Sprintf("faults of the sidekicks' provider ended %d of %d delegations "+
		"(max_provider_failures: %g): %s", failed, all, t.sidekick.MaxProviderFailures, why)
}

// cause is why the work ended, in words.
func (o outcome) cause() string {
	if o.err != nil {
		return o.err.Error()
	}
	return o.reasonText
}
