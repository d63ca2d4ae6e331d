package input

import (
	"fmt"
	"regexp"
	"slices"

	"bench"
	"bench/datasets"
)

// Trial is one that was made elsewhere.
type Trial struct {
	Key  bench.TrialKey
	Kind bench.Kind // of its configuration; empty if nobody says
	bench.TrialImported
	Patch     *string // nil if it is not known
	Simulated bool    // its models were simulated
}

// Set are the trials of a run, each of them once.
type Set struct {
	Files          []string // they are from
	Configurations []bench.Configuration
	Trials         []Trial
}

var nameRE = regexp.MustCompile(bench.NamePattern)

// wantName is what NamePattern means.
const wantName = "expected up to 64 letters, digits, dots, dashes and underscores, a letter or " +
	"digit first"

// builder puts a set together.
type builder struct {
	errs   datasets.Errors
	trials []Trial
	places []string // of the trials
	index  map[bench.TrialKey]int
}

func (b *builder) fail(where, field, format string, args ...any) {
	b.errs.Add(&datasets.Error{Where: where, Field: field, Message: fmt.Sprintf(format, args...)})
}

// add takes a trial, unless it is there already.
func (b *builder) add(where string, t Trial) {
	if b.index == nil {
		b.index = map[bench.TrialKey]int{}
	}
	if i, twice := b.index[t.Key]; twice {
		b.fail(where, "attempt", "trial %s is in %s already", t.Key, b.places[i])
		return
	}
	b.index[t.Key] = len(b.trials)
	b.trials, b.places = append(b.trials, t), append(b.places, where)
}

// set settles what the configurations are, and fails if they do not agree with
// themselves.
func (b *builder) set(files ...string) (Set, error) {
	s := Set{Files: files, Trials: b.trials}
	if err := b.errs.OrNil(); err != nil {
		return Set{}, err
	}
	if len(s.Trials) == 0 {
		return Set{}, bench.Usagef("import %s: there is no trial in it", files[0])
	}
	var names []string
	for _, t := range s.Trials {
		if !slices.Contains(names, t.Key.Configuration) {
			names = append(names, t.Key.Configuration)
		}
	}
	for _, name := range names {
		s.Configurations = append(s.Configurations, b.configuration(name))
	}
	return s, b.errs.OrNil()
}

// configuration is what the trials of one say of it. The agent that answers for
// them is called as their kind has it.
func (b *builder) configuration(name string) bench.Configuration {
	c := bench.Configuration{Name: name, Kind: b.kindOf(name)}
	lead := map[bench.Kind]bench.Role{
		bench.KindFusion: bench.RoleMain, bench.KindCommand: bench.RoleCommand,
	}[c.Kind]
	if lead == "" {
		lead = bench.RoleSingle
	}
	for i, t := range b.trials {
		if t.Key.Configuration != name {
			continue
		}
		for j := range t.Roles {
			u := &t.Roles[j]
			model, named := &c.Main, string(u.Role)
			switch u.Role {
			case bench.RoleSidekick:
				if c.Sidekick == nil {
					c.Sidekick = &bench.Sidekick{}
				}
				model = &c.Sidekick.Model
			case bench.RoleAdvisor:
				if c.Advisor == nil {
					c.Advisor = &bench.Advisor{}
				}
				model = &c.Advisor.Model
			default:
				u.Role = lead
			}
			if u.Model != "" && model.Name != "" && u.Model != model.Name {
				b.fail(b.places[i], "roles."+named+".model", "is %q, but other trials of %s have %q",
					u.Model, name, model.Name)
			}
			if u.Model != "" {
				model.Name, model.Model = u.Model, u.Model
			}
		}
		b.allowed(i, c.Kind)
		c.Main.Simulated = c.Main.Simulated || t.Simulated
	}
	return c
}

// allowed refuses roles that a kind of configuration does not have.
func (b *builder) allowed(i int, kind bench.Kind) {
	for _, u := range b.trials[i].Roles {
		if u.Role == bench.RoleSidekick && kind != bench.KindFusion && kind != bench.KindCommand ||
			u.Role == bench.RoleAdvisor && kind != bench.KindAdvisor {
			b.fail(b.places[i], "roles."+string(u.Role), "a configuration of kind %s has none", kind)
		}
	}
}

// kindOf is the kind that the trials of a configuration name, or the one that
// their roles show.
func (b *builder) kindOf(name string) (kind bench.Kind) {
	shown := bench.KindSingle
	for i, t := range b.trials {
		if t.Key.Configuration != name {
			continue
		}
		if kind != "" && t.Kind != "" && t.Kind != kind {
			b.fail(b.places[i], "kind", "is %s, but other trials of %s have %s", t.Kind, name, kind)
		}
		if kind == "" {
			kind = t.Kind
		}
		for _, u := range t.Roles {
			if u.Role == bench.RoleSidekick {
				shown = bench.KindFusion
			} else if u.Role == bench.RoleAdvisor {
				shown = bench.KindAdvisor
			}
		}
	}
	if kind == "" {
		return shown
	}
	return kind
}

// Join is the trials of several sets, none of which may be in two.
func Join(sets []Set) (Set, error) {
	if len(sets) == 1 {
		return sets[0], nil
	}
	var b builder
	var files []string
	for _, s := range sets {
		files = append(files, s.Files...)
		for _, t := range s.Trials {
			b.add(s.Files[0], t)
		}
	}
	return b.set(files...)
}
