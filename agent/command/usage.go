package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"bench"
)

// usageLine is one line of a usage file: one model call. Tokens are counted as
// bench.Usage counts them.
type usageLine struct {
	Model       string     `json:"model"` // name in the config, or on the wire
	Input       *int64     `json:"input"`
	CachedInput int64      `json:"cached_input"`
	CacheWrite  int64      `json:"cache_write"`
	Output      *int64     `json:"output"`
	Reasoning   int64      `json:"reasoning"`
	CostUSD     *float64   `json:"cost_usd"` // as the provider says
	Start       *time.Time `json:"start"`    // RFC 3339
	End         *time.Time `json:"end"`
	Agent       string     `json:"agent"` // of a sidekick
	Role        bench.Role `json:"role"`  // main or sidekick
}

// maxTokens is more than any call has. Sums of such numbers stay exact.
const maxTokens = 100_000_000

// maxCost is more than any call costs, in dollars.
const maxCost = 1e6

var agentRE = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// reserved are the ids of agents that answer for a trial.
var reserved = []string{id, string(bench.RoleMain), string(bench.RoleSingle)}

// parseLine reads a line strictly: what is not understood may be something that
// costs money.
func parseLine(line []byte) (usageLine, error) {
	var u usageLine
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&u); err != nil {
		return u, fmt.Errorf("expected one JSON object: %s", plain(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return u, errors.New("expected one JSON object, found more after it")
	}
	return u, u.check()
}

// plain is an error of the JSON decoder in the words of the file's format.
func plain(err error) string {
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return fmt.Sprintf("%s cannot be a %s", wrong.Field, wrong.Value)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends too early"
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

func (u *usageLine) check() error {
	if u.Input == nil || u.Output == nil {
		return errors.New("input and output are required")
	}
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"input", *u.Input}, {"cached_input", u.CachedInput}, {"cache_write", u.CacheWrite},
		{"output", *u.Output}, {"reasoning", u.Reasoning},
	} {
		if n.value < 0 || n.value > maxTokens {
			return fmt.Errorf("%s: expected 0 to %d tokens, found %d", n.name, maxTokens, n.value)
		}
	}
	switch {
	case u.CachedInput+u.CacheWrite > *u.Input:
		return fmt.Errorf("cached_input and cache_write are parts of input: %d and %d of %d",
			u.CachedInput, u.CacheWrite, *u.Input)
	case u.Reasoning > *u.Output:
		return fmt.Errorf("reasoning is a part of output: %d of %d", u.Reasoning, *u.Output)
	case u.CostUSD != nil && (*u.CostUSD < 0 || *u.CostUSD > maxCost):
		return fmt.Errorf("cost_usd: expected 0 to %g, found %g", maxCost, *u.CostUSD)
	case u.Start != nil && u.End != nil && u.End.Before(*u.Start):
		return errors.New("end is before start")
	}
	return u.checkAgent()
}

// checkAgent settles whose call it was: a name of its own makes a sidekick.
func (u *usageLine) checkAgent() error {
	switch {
	case u.Role != "" && u.Role != bench.RoleMain && u.Role != bench.RoleSidekick:
		return fmt.Errorf("role: expected main or sidekick, found %q", u.Role)
	case u.Role == bench.RoleMain && u.Agent != "":
		return errors.New("agent names a sidekick, and role says main")
	case u.Agent != "" && !agentRE.MatchString(u.Agent), slices.Contains(reserved, u.Agent):
		return fmt.Errorf("agent: expected up to 64 letters, digits, dots, dashes and underscores, "+
			"and none of %s; found %q", strings.Join(reserved, ", "), u.Agent)
	case u.Agent != "":
		u.Role = bench.RoleSidekick
	case u.Role == bench.RoleSidekick:
		u.Agent = string(bench.RoleSidekick)
	default:
		u.Role, u.Agent = bench.RoleCommand, id
	}
	return nil
}

func (u *usageLine) usage() bench.Usage {
	return bench.Usage{
		Input: *u.Input, CachedInput: u.CachedInput, CacheWrite: u.CacheWrite,
		Output: *u.Output, Reasoning: u.Reasoning,
	}
}

// modelOf finds the model of a name, in the config or on the wire; no name is
// the configuration's model.
func modelOf(c bench.Configuration, name string) (bench.Model, error) {
	all := append([]bench.Model{c.Main}, c.Command.Models...)
	if name == "" {
		return c.Main, nil
	}
	for _, m := range all {
		if m.Name == name {
			return m, nil
		}
	}
	for _, m := range all {
		if m.Model == name {
			return m, nil
		}
	}
	names := make([]string, len(all))
	for i, m := range all {
		names[i] = m.Name
	}
	return bench.Model{}, fmt.Errorf("the configuration has no price for the model %q: "+
		"its models are %s", name, strings.Join(names, ", "))
}
