// Package replay plays a stored run again. Models are not asked: what they answered is
// in the log of the run, by trial, agent and turn. Everything else is done: agents work
// in real sandboxes, patches are judged. So what changes of a trial shows what a change
// of prompts, tools or the harness does to it.
//
//	tape.go    what the log says of a trial
//	client.go  the client that answers from it
//	order.go   keeps what agents do at the same time in the order of the log
//	request.go where a request differs from the one in the log
//	failed.go  calls that failed, as they failed
//	check.go   whether a run can be played again
//	compare.go what a trial came to, held against the log
package replay
