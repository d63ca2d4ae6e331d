// Package planning says, before money is spent, what a comparison will be able
// to show, what it will cost and how long it will take. It reads no database and
// writes no sentences (package report does).
//
//  1. Learn takes from prior runs what is known of the planned configurations
//     (prior.go).
//  2. What somebody states takes the place of that, and what nobody knows is
//     assumed or left open; each input says which (input.go).
//  3. Make computes the plan: power of the test that decides, money, time, and
//     the trade between more tasks and more attempts (plan.go, forecast.go).
package planning
