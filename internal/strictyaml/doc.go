// Package strictyaml reads YAML written by people and says exactly what is
// wrong with it: every mistake, each with its file, line, column, the source
// line and a caret, what was expected and what was found.
//
// A file is parsed into a tree of Nodes that remember their places (Parse),
// the tree may be changed (values replaced, variables expanded) and is then
// decoded strictly into Go structs (Decoder). Keys are named by json tags;
// enum, minimum, exclusiveMinimum, maximum, pattern, required and default are
// taken from jsonschema tags, so that a schema made from the same types and
// the decoder cannot disagree.
package strictyaml
