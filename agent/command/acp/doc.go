// Package acp is the client's side of the Agent Client Protocol, version 1: it drives a
// program that speaks JSON-RPC 2.0, a message a line, on its standard input and output.
// It knows nothing of trials and starts nothing.
//
//	conn.go    messages: requests and answers, both ways
//	client.go  a session: from the greeting to the reason why the turn stopped
//	update.go  what a program tells of its turn
//	tool.go    its tool calls, put together from what it tells of each
//	permission.go  what it asks for, and what may be answered
//
// What a program may ask of its client is permission, and nothing else: no files and no
// terminals are offered. The program works where the files are, with tools of its own.
package acp
