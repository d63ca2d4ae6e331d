package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
)

// night is the program `night NUMBER DROP INFRA`: it prints trials of 300 tasks that
// were made up, as bench import reads them. Each task has the same chance to be resolved
// every night; DROP is how many points fewer of them are, and the first INFRA have no
// verdict.
func night() {
	var args [3]int
	for i := range args {
		n, err := strconv.Atoi(os.Args[i+1])
		must(err)
		args[i] = n
	}
	rng := rand.New(rand.NewPCG(uint64(args[0]), 1))
	enc := json.NewEncoder(os.Stdout)
	for i := range 300 {
		line := map[string]any{
			"instance_id": fmt.Sprintf("a__b-%03d", i), "configuration": "solo", "attempt": 1,
			"cost_usd": 0.5 + float64(i%7)/10 + rng.Float64()/10, "wall_s": 60 + i%11 + rng.IntN(9),
		}
		chance := float64(i%10)/10 - float64(args[1])/100
		if i%10 > 4 {
			chance = 0.95 - 2*float64(args[1])/100
		}
		line["resolved"] = rng.Float64() < chance
		if i < args[2] {
			line["resolved"], line["outcome"] = nil, "infra_grading"
		}
		must(enc.Encode(line))
	}
}
