package input

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"time"

	"bench"
	"bench/datasets"
)

// Trials reads trials from a file with an object of JSON per line. Mistakes name
// the file, the line and the field.
func Trials(path string) (Set, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Set{}, bench.UsageError(fmt.Errorf("import trials: %w", err))
	}
	b := builder{}
	bom := []byte("\xef\xbb\xbf")
	if bytes.HasPrefix(data, bom) {
		b.fail(path+":1", "", "begins with a byte order mark (BOM), which JSON does not have: "+
			"save it as UTF-8 without one")
		data = data[len(bom):]
	}
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		where := fmt.Sprintf("%s:%d", path, n)
		if o, ok := parse(where, line, &b.errs); ok {
			before := b.errs
			if t := trial(o); len(b.errs.Errors) == len(before.Errors) && b.errs.More == before.More {
				b.add(where, t)
			}
		}
	}
	return b.set(path)
}

// trial reads one from its line.
func trial(o object) (t Trial) {
	t.Key.InstanceID = o.text("instance_id")
	if id := t.Key.InstanceID; id != "" && !datasets.IsID(id) {
		o.fail("instance_id", "expected letters, digits and . _ + @ -, found %q", id)
	}
	t.Key.Configuration = o.text("configuration")
	if name := t.Key.Configuration; name != "" && !nameRE.MatchString(name) {
		o.fail("configuration", wantName+", found %q", name)
	}
	t.Key.Attempt = o.attempt()
	if !o.take("resolved", "true, false or null", &t.Resolved) {
		o.fail("resolved", "missing; null says that there is no verdict")
	}
	t.outcome(o)
	t.kind(o)
	t.Cost = o.dollars("cost_usd")
	if s := o.amount("wall_s", "seconds", mostSeconds); s != nil {
		wall := time.Duration(*s * float64(time.Second))
		t.Wall = &wall
	}
	t.roles(o)
	o.end("instance_id", "configuration", "attempt", "resolved", "outcome", "kind", "cost_usd",
		"wall_s", "roles")
	return t
}

func (o object) attempt() int {
	var n *int
	given := o.take("attempt", "a whole number from 1", &n)
	switch {
	case !given:
		o.fail("attempt", "missing; the first one is 1")
	case n == nil || *n < 1:
		o.fail("attempt", "expected a whole number from 1")
	default:
		return *n
	}
	return 0
}

// outcome reads how the trial ended, or takes it from the verdict.
func (t *Trial) outcome(o object) {
	var name *string
	o.take("outcome", "a text, or null", &name)
	if name == nil {
		t.Outcome = outcomeOf(t.Resolved)
		return
	}
	t.Outcome = bench.Outcome(*name)
	var names []string
	for _, known := range bench.Outcomes {
		if names = append(names, string(known)); known == t.Outcome {
			t.agree(o)
			return
		}
	}
	o.fail("outcome", "expected one of %s, found %q", strings.Join(names, ", "), *name)
}

// agree refuses an outcome that the verdict contradicts.
func (t *Trial) agree(o object) {
	if contradicts(t.Outcome, t.Resolved) {
		o.fail("outcome", "%s contradicts the verdict in resolved", t.Outcome)
	}
}

// contradicts reports whether a trial cannot have ended so with this verdict.
func contradicts(outcome bench.Outcome, verdict *bool) bool {
	resolved := verdict != nil && *verdict
	blame := outcome.Blame()
	return outcome == bench.OutcomeResolved && !resolved ||
		outcome == bench.OutcomeUnresolved && (resolved || verdict == nil) ||
		verdict != nil && (blame == bench.BlameInfra || blame == bench.BlameUser ||
			outcome == bench.OutcomeUngraded)
}

func outcomeOf(resolved *bool) bench.Outcome {
	switch {
	case resolved == nil:
		return bench.OutcomeUngraded
	case *resolved:
		return bench.OutcomeResolved
	}
	return bench.OutcomeUnresolved
}

// kind reads that of the configuration; empty if the line does not say.
func (t *Trial) kind(o object) {
	var kind *string
	o.take("kind", "a text, or null", &kind)
	if kind == nil {
		return
	}
	t.Kind = bench.Kind(*kind)
	var names []string
	for _, name := range t.Kind.Choices() {
		if names = append(names, name); name == *kind {
			return
		}
	}
	o.fail("kind", "expected one of %s, found %q", strings.Join(names, ", "), *kind)
}

// roles reads what the agents of each role used.
func (t *Trial) roles(o object) {
	roles, ok := o.object("roles")
	if !ok {
		return
	}
	var sum bench.USD
	all := true
	for _, role := range importedRoles {
		u, ok := roles.object(string(role))
		if !ok {
			continue
		}
		usage := u.usage(role)
		t.Roles = append(t.Roles, usage)
		if all = all && usage.Cost != nil; all {
			sum += *usage.Cost
		}
	}
	roles.end("main", "single", "command", "sidekick", "advisor")
	leads := 0
	for _, u := range t.Roles {
		if u.Role.Leads() {
			leads++
		}
	}
	switch {
	case leads > 1:
		o.fail("roles", "main, single and command are names of one role: give one of them")
	case all && t.Cost == nil && len(t.Roles) > 0:
		t.Cost = &sum
	case all && t.Cost != nil && len(t.Roles) > 0 && !alike(sum, *t.Cost):
		o.fail("cost_usd", "is %s, but the roles cost %s together", *t.Cost, sum)
	}
}

// alike reports whether two costs are the same but for rounding.
func alike(a, b bench.USD) bool {
	d := max(a-b, b-a)
	return d <= bench.Dollars(0.01) || float64(d) <= 0.01*float64(max(a, b))
}

// importedRoles are the roles a trial may have, who answers for it first.
var importedRoles = []bench.Role{
	bench.RoleMain, bench.RoleSingle, bench.RoleCommand, bench.RoleSidekick, bench.RoleAdvisor,
}

func (o object) usage(role bench.Role) bench.RoleUsage {
	u := bench.RoleUsage{Role: role}
	var model *string
	o.take("model", "a text, or null", &model)
	if model != nil {
		u.Model = *model
	}
	u.Calls, u.Input, u.CachedInput = o.count("calls"), o.count("input"), o.count("cached_input")
	u.CacheWrite, u.Output, u.Cost = o.count("cache_write"), o.count("output"), o.dollars("cost_usd")
	if parts := orZero(u.CachedInput) + orZero(u.CacheWrite); u.Input != nil && parts > *u.Input {
		o.fail("input", "is %d, less than the %d of cached_input and cache_write, which are parts of it",
			*u.Input, parts)
	}
	o.end("model", "calls", "input", "cached_input", "cache_write", "output", "cost_usd")
	return u
}

func orZero(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}
