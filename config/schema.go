package config

import (
	_ "embed"
	"slices"
)

// schema is made from the types of this package and their comments; a test makes it.
//
//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of configuration files. Editors
// complete and check files by it; what needs to look at two places at once only
// Load checks.
func Schema() []byte { return slices.Clone(schema) }
