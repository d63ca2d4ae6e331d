// Package contamination finds in what agents did and were shown the upstream fix of
// their task: the network, later history, newer copies of the package, hidden tests, and
// lines of the fix itself.
//
//  1. Of makes a Fix of a task: what nobody can know who has not seen the fix.
//  2. Examination takes what a trial's agents wrote, and every tool call with its answer,
//     in the order of time. Its findings are the evidence.
//
// It decides for innocence where both are possible: what an agent wrote before it was
// shown is its own, whoever wrote the same upstream, and what may stand in the base
// commit says nothing.
package contamination
