// Package tools holds the tools that agents work with: a terminal, a file
// editor and the call that ends the work. They need a shell in the sandbox and
// the usual small commands, neither Python nor bash.
//
// What a model is told of a tool is rendered from the configuration, so it
// never hears of what is off. Providers understand different parts of JSON
// Schema, so they are sent a plain subset, and the rest is checked here.
package tools
