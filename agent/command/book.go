package command

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"bench"
)

// mostNotices is how many mistakes of one usage file are named.
const mostNotices = 20

// book reads what the program says it spent, records it and charges it. The
// error is one of the log.
func (t *trial) book(ctx context.Context) error {
	if t.paths.usage == "" {
		return t.note(ctx, bench.NoticeNoUsage,
			"the configuration has no command.usage: its cost is not known")
	}
	text, found, err := t.paths.readUsage(ctx, t.Box)
	switch {
	case err != nil:
		return t.note(ctx, bench.NoticeNoUsage, err.Error()+": its cost is not known")
	case !found:
		return t.note(ctx, bench.NoticeNoUsage, t.paths.usage+": the program wrote no such file: "+
			"its cost is not known")
	}
	b := &book{trial: t, agents: maps.Clone(t.history.calls)}
	if err := b.read(ctx, text); err != nil {
		return err
	}
	t.calls = int64(b.agents[id])
	t.overdrawn()
	return nil
}

func (t *trial) note(ctx context.Context, code, text string) error {
	return t.record.Record(ctx, bench.Notice{Code: code, Text: text})
}

// book is a usage file being booked.
type book struct {
	*trial
	agents map[string]int // calls of each so far, earlier ones included
	order  []string       // of sidekicks, by their first call
	wrong  int            // lines that are not counted
}

// read books the lines of a file, the good ones among them.
func (b *book) read(ctx context.Context, text string) error {
	if len(text) > usageBytes {
		text = text[:strings.LastIndexByte(text[:usageBytes], '\n')+1]
		long := fmt.Errorf("the file is longer than %d bytes: the rest is not counted", usageBytes)
		if err := b.bad(ctx, strings.Count(text, "\n")+1, long); err != nil {
			return err
		}
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := b.line(ctx, n, line); err != nil {
			return err
		}
	}
	if more := b.wrong - mostNotices; more > 0 {
		if err := b.note(ctx, bench.NoticeBadUsage, fmt.Sprintf("%s: %d more lines are not counted",
			b.paths.usage, more)); err != nil {
			return err
		}
	}
	for _, name := range b.order {
		ended := bench.AgentEnded{State: bench.AgentFinished, Iterations: int64(b.agents[name])}
		if err := b.Record.For(name).Record(ctx, ended); err != nil {
			return err
		}
	}
	return nil
}

// bad notes a line that is not counted, and where it is.
func (b *book) bad(ctx context.Context, n int, err error) error {
	if b.wrong++; b.wrong > mostNotices {
		return nil
	}
	return b.note(ctx, bench.NoticeBadUsage, fmt.Sprintf("%s:%d: %v", b.paths.usage, n, err))
}

// line books one model call.
func (b *book) line(ctx context.Context, n int, line string) error {
	u, err := parseLine([]byte(line))
	if err != nil {
		return b.bad(ctx, n, err)
	}
	m, err := modelOf(b.configuration, u.Model)
	if err != nil {
		return b.bad(ctx, n, err)
	}
	if err := b.startSidekick(ctx, u, m); err != nil {
		return err
	}
	b.agents[u.Agent]++
	usage := u.usage()
	call := bench.LLMCall{
		CallID: fmt.Sprintf("%s/%s-%d", b.Trial.Key, u.Agent, b.agents[u.Agent]),
		Turn:   b.agents[u.Agent], Purpose: bench.PurposeAgent,
		Model: m.Name, WireModel: m.Model,
		Usage: usage, Cost: usage.Cost(m.Price), PriceID: m.Price.ID,
	}
	if u.CostUSD != nil {
		reported := bench.Dollars(*u.CostUSD)
		call.ReportedCost = &reported
	}
	if u.Start != nil {
		call.Start = *u.Start
	}
	if u.End != nil {
		call.End = *u.End
	}
	b.budget.Charge(bench.Amount{Iterations: 1, Cost: call.Cost, Tokens: usage.Tokens()})
	return b.Record.For(u.Agent).Record(ctx, call)
}

// startSidekick records a sidekick when its first call is booked.
func (b *book) startSidekick(ctx context.Context, u usageLine, m bench.Model) error {
	if u.Role != bench.RoleSidekick || slices.Contains(b.order, u.Agent) {
		return nil
	}
	b.order = append(b.order, u.Agent)
	return b.begin(ctx, u.Agent, bench.AgentStarted{
		Parent: id, Role: bench.RoleSidekick, Model: m.Name, WireModel: m.Model,
	})
}
