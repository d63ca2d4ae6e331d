package config

import (
	"bench"
	"bench/internal/strictyaml"
)

// single is one agent alone.
func single() kind {
	return kind{
		name: bench.KindSingle,
		keys: []string{"model", "max_parallel_tools", "notice"},
		check: func(l *loader, at strictyaml.Path, c *Configuration) {
			l.lead(at, "model", c.Model, "the model of the agent", c)
		},
		models:  func(c *Configuration) []string { return []string{c.Model} },
		convert: func(*Config, *Configuration, *bench.Configuration) {},
	}
}
