// Package config reads the configuration of a run: YAML in, checked values
// out, and for whatever is wrong an error that points at it.
//
// Load parses the file, applies --set overrides, expands variables, decodes
// strictly, fills defaults and checks what the parts mean together. Every
// mistake is reported, not only the first. The types in types.go and types_models.go are the
// format: their json tags name the keys, their jsonschema tags hold defaults,
// bounds and choices, and their comments are the descriptions in Schema and in
// docs/config.md.
package config
