package fusion

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"bench"
	"bench/agent"
)

// outcome is what came of an activation.
type outcome struct {
	verdict
	turns      int64
	took       time.Duration // see agent.Result.Worked
	cost       bench.USD
	unreported bench.USD // see agent.Result
	files      []string  // that changed
	patch      string    // path of the patch file in main's sandbox
	inPlace    bool      // the changes are in main's own files
	discarded  bool      // the changes were thrown away
	err        error     // with failed
	panicked   agent.Observation
}

// observation is the answer to the task call. Escalations are answers, not
// errors: the work came to an end that main has to deal with.
func (o outcome) observation(x *activation) agent.Observation {
	cost := ""
	if x.team.configuration.ShowCosts {
		cost = bench.Spending(o.cost, o.unreported)
	}
	obs := agent.Observation{
		Text:   o.text(x, x.id, fmt.Sprintf("%.1f", o.took.Seconds()), cost, o.patch),
		Stable: o.text(x, "", "", "", ""),
	}
	if o.failed {
		obs.IsError, obs.ErrorClass = true, agent.ClassTool
		if o.cutOff() {
			obs.ErrorClass = agent.ClassCancelled
		}
		obs.Text = "Error: " + obs.Text
	}
	return obs
}

// cutOff reports whether the work was stopped by nobody who takes part in the
// trial: it is open, and resumed with the trial.
func (o outcome) cutOff() bool {
	return o.state == bench.AgentCancelled && o.reason != bench.ReasonCancelledByMain
}

func (o outcome) text(x *activation, id, seconds, cost, patch string) string {
	report, heading := o.report, "Report"
	if o.state != bench.AgentFinished {
		heading = "Partial report"
	}
	if most := x.team.sidekick.ReportChars; most > 0 && utf8.RuneCountInString(report) > most {
		report = string([]rune(report)[:most]) + "\n[the report goes on; it was cut here]"
	}
	return render("result", map[string]any{
		"ID": id, "Outcome": o.words(), "Turns": o.turns, "Seconds": seconds, "Cost": cost,
		"Files": strings.Join(o.files, ", "), "Patch": patch, "OnTop": x.n > 1 && patch != "",
		"Heading": heading, "Risk": string(o.risk), "InPlace": o.inPlace && len(o.files) > 0,
		"Discarded": o.discarded,
		"Report":    report,
	})
}

// words says how the work ended.
func (o outcome) words() string {
	because := o.cause()
	if because != "" {
		because = ": " + because
	}
	switch {
	case o.kind != bench.NotEscalated:
		return fmt.Sprintf("escalated (%s, %s)%s", o.kind, o.reason, because)
	case o.reason == bench.ReasonCancelledByMain:
		return "stopped" + because
	case o.reason != "":
		return fmt.Sprintf("failed (%s)%s", o.reason, because)
	}
	return string(o.state) + because
}

// again brings the changes of an activation that has ended to main once more,
// when a trial is resumed.
func (x *activation) replay(ctx context.Context) error {
	if x.patch == "" || x.out.discarded {
		return nil
	}
	return x.deliver(ctx)
}
