package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bench/internal/strictyaml"
)

// Labels are words for engines and their values.
type Labels map[string]string

// DecodeNode reads a mapping from words to values.
func (l *Labels) DecodeNode(d *strictyaml.Decoder, n *strictyaml.Node, p strictyaml.Path) {
	*l = Labels{}
	for at, e := range d.Entries(n, p, 1, "a mapping from labels to their values") {
		var value string
		d.Into(e.Value, &value, at)
		(*l)[e.Key.Text] = value
	}
}

// checkRequire refuses requirements that no engine meets.
func (l *loader) checkRequire(s *Sandbox) {
	if len(s.Require) > 0 && len(s.Engines) == 0 {
		l.Fail(l.Key("sandbox/require"), "give engines labels, or remove it",
			"sandbox.require: there is no sandbox.engines to choose from")
		return
	}
	for i, r := range s.Require {
		at := strictyaml.Path("sandbox/require").Join(strconv.Itoa(i))
		if _, err := regexp.Compile(r.Tasks); err != nil {
			l.Fail(l.Value(at.Join("tasks")), "", "sandbox.require.%d.tasks: expected a regular "+
				"expression: %s", i, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
		if len(r.Labels) == 0 {
			l.Fail(l.Value(at), "", "sandbox.require.%d: labels is missing", i)
			continue
		}
		lacking := func(e Engine) bool { return r.missing(e) != "" }
		if !slices.ContainsFunc(s.Engines, func(e Engine) bool { return !lacking(e) }) {
			l.Fail(l.Key(at.Join("labels")), "give an engine these labels", "sandbox.require.%d.labels: "+
				"no engine of sandbox.engines has %s", i, r.Labels)
		}
	}
}

// Lacks says which labels an engine lacks that a task asks for; "" if it may run it.
func (s *Sandbox) Lacks(e Engine, instance string) string {
	for _, r := range s.Require {
		if regexp.MustCompile(r.Tasks).MatchString(instance) {
			if missing := r.missing(e); missing != "" {
				return missing
			}
		}
	}
	return ""
}

// missing are the labels that an engine lacks; "" if it has all.
func (r Requirement) missing(e Engine) string {
	lacks := Labels{}
	for k, v := range r.Labels {
		if e.Labels[k] != v {
			lacks[k] = v
		}
	}
	return lacks.String()
}

// String lists labels, as in a config.
func (l Labels) String() string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(l)) {
		all = append(all, fmt.Sprintf("%s: %s", k, l[k]))
	}
	return strings.Join(all, ", ")
}
