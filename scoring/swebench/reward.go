package swebench

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"bench"
)

// RewardTest is what a verifier's reward is called where others have names of tests.
const RewardTest = "reward"

// markReward heads the last lines of a verifier's log, which the grader writes when
// nothing else writes any more: the name of the reward's file, and what it holds.
const markReward = ">>>>> Reward: "

// maxReward is how many bytes such a file may have.
const maxReward = 64 << 10

// rewardNotes are the last lines of a log.
func rewardNotes(name, content string) string {
	return "\n" + markReward + name + "\n" + content + "\n"
}

// judgeReward grades the log of a verifier. A task is resolved by a reward of 1 or more.
// A log without a reward is not found and unresolved, as one without tests is.
func judgeReward(g bench.Grade, text string) bench.Grade {
	g.Resolved = new(bool)
	at := strings.LastIndex(text, "\n"+markReward)
	if at < 0 {
		return g
	}
	if strings.Contains(text[:at], markReward) {
		g.Flags = append(g.Flags, FlagForgedMarkers)
	}
	name, content, _ := strings.Cut(text[at+1+len(markReward):], "\n")
	reward, err := readReward(name, content)
	if err != nil {
		g.InfraReason, _ = infraReason(text[:at])
		return g
	}
	g.Found, g.PatchApplied = true, true
	status, list := statusFailed, &g.FailToPass.Failure
	if *g.Resolved = reward >= 1; *g.Resolved {
		status, list, g.Status = statusPassed, &g.FailToPass.Success, "FULL"
	}
	*list = append(*list, RewardTest)
	g.Tests = []bench.TestStatus{{Test: RewardTest, Status: status}}
	return g
}

// readReward reads a number or, from a file of JSON, an object of numbers: its only one,
// or the one that is called reward.
func readReward(name, content string) (float64, error) {
	content = strings.TrimSpace(content)
	if !strings.HasSuffix(name, ".json") {
		n, err := strconv.ParseFloat(content, 64)
		if err == nil && (math.IsNaN(n) || math.IsInf(n, 0)) {
			err = fmt.Errorf("%s is no reward", content)
		}
		return n, err
	}
	var rewards map[string]float64
	if err := json.Unmarshal([]byte(content), &rewards); err != nil {
		return 0, err
	}
	n, ok := rewards[RewardTest]
	if !ok && len(rewards) == 1 {
		for _, n = range rewards {
			ok = true
		}
	}
	if !ok {
		return 0, errors.New("no reward among several numbers")
	}
	return n, nil
}
