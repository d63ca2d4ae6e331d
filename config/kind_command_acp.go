package config

import (
	"bench"
	"bench/internal/strictyaml"
)

// Driving says how a program is driven.
type Driving string

// The ways to drive a program.
const (
	drivenPlain Driving = "plain"
	drivenACP   Driving = "acp"
)

// Choices returns plain and acp.
func (Driving) Choices() []string { return []string{string(drivenPlain), string(drivenACP)} }

// ACP says how a program is spoken to by the Agent Client Protocol.
type ACP struct {
	// Permission is how its requests for permission are answered; where it does not offer that, the
	// other answer that allows or rejects.
	Permission bench.Permission `json:"permission,omitzero" jsonschema:"default=allow_once"`
	// Auth is the way to authenticate that is asked for, of those that the program has. Default:
	// none is.
	Auth string `json:"auth,omitzero" jsonschema:"minLength=1"`
	// Mode is the mode that its session is put in, of those that the program has. Default: it stays
	// in the one in which it begins.
	Mode string `json:"mode,omitzero" jsonschema:"minLength=1"`
}

// checkACP checks how a program is driven.
func (l *loader) checkACP(at strictyaml.Path, c *Command) {
	if p := at.Join("acp"); l.Has(p) && c.Protocol != drivenACP {
		l.Fail(l.Key(p), "add protocol: acp, or remove it",
			"%s: the program is not driven by that protocol", p)
	}
}

// acp is how a program is driven, as everybody uses it; nil of one that is only run.
func (c *Command) acp() *bench.ACP {
	if c.Protocol != drivenACP {
		return nil
	}
	out := &bench.ACP{Permission: bench.AllowOnce}
	if a := c.ACP; a != nil {
		out.Auth, out.Mode = a.Auth, a.Mode
		if a.Permission != "" {
			out.Permission = a.Permission
		}
	}
	return out
}
