// Package answers keeps answers of models in a directory, so that a run that asks what an
// earlier one has asked is not asking, nor paying, again.
//
// An answer is found by what was asked and by who asked: the request with all that
// shapes its answer, and the trial with its attempt, the agent and its turn. So the same
// run has the same answers again, while another attempt, another configuration or
// another agent draws its own.
package answers
