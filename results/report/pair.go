package report

import (
	"bench/results/compare"
	"bench/results/verdict"
	"bench/stats"
)

// pairDocument is what is known of a candidate beside the baseline. Shares are of 1,
// but for percentage points (pp).
type pairDocument struct {
	Baseline      string         `json:"baseline"`
	Candidate     string         `json:"candidate"`
	N             int            `json:"n_pairs"`
	Tasks         int            `json:"n_tasks"` // distinct
	Both          int            `json:"both"`    // resolved by both
	OnlyBaseline  int            `json:"only_baseline"`
	OnlyCandidate int            `json:"only_candidate"`
	Neither       int            `json:"neither"`
	DeltaPP       stats.Number   `json:"delta_pp"` // candidate minus baseline, percentage points
	DeltaCI       stats.Interval `json:"delta_ci"`
	PValue        stats.Number   `json:"p_value"`
	Test          verdict.Test   `json:"test"`
	MarginPP      stats.Number   `json:"margin_pp"`
	// Of being worse by the margin or more, one-sided.
	NonInferiorityP stats.Number   `json:"non_inferiority_p"`
	NonInferior     bool           `json:"non_inferior"`
	Holm            holmDocument   `json:"holm"`
	Needed          int            `json:"pairs_needed"` // tasks, if so many differ:
	NeededFor       float64        `json:"pairs_needed_discordance"`
	CostRatio       stats.Number   `json:"cost_ratio"` // candidate over baseline
	CostRatioCI     stats.Interval `json:"cost_ratio_ci"`
	CostRatioMedian stats.Number   `json:"cost_ratio_median"` // of the ratios of tasks
	Tokens          stats.Number   `json:"tokens_ratio"`
	TokensCI        stats.Interval `json:"tokens_ratio_ci"`
	TokensMedian    stats.Number   `json:"tokens_ratio_median"`
	Time            stats.Number   `json:"time_ratio"`
	TimeCI          stats.Interval `json:"time_ratio_ci"`
	TimeMedian      stats.Number   `json:"time_ratio_median"`
	// Displacement is null unless a model alone is compared with a fusion it leads.
	Displacement   stats.Number        `json:"displacement"`
	DisplacementCI stats.Interval      `json:"displacement_ci"`
	Ceiling        compare.Ceiling     `json:"ceiling"` // of picking the better per task
	Influence      influenceDocument   `json:"influence"`
	Sensitivity    sensitivityDocument `json:"sensitivity"`
	Verdict        string              `json:"verdict"`
	Sentence       string              `json:"sentence"` // the same for anybody
	Word           verdict.Word        `json:"word"`     // the same for programs
	Quality        verdict.Quality     `json:"quality"`
	Cost           verdict.Cost        `json:"cost"`
	Warnings       []string            `json:"warnings"`
	Codes          []string            `json:"warning_codes"` // of the warnings, in their order
}

// holmDocument has the p values that decide, corrected for so many candidates.
type holmDocument struct {
	Candidates      int          `json:"candidates"`
	PValue          stats.Number `json:"p_value"`
	NonInferiorityP stats.Number `json:"non_inferiority_p"`
}

// influenceDocument is what a verdict would be without one task. Where none changes
// it the task is empty.
type influenceDocument struct {
	QualityTask  string          `json:"quality_task"`
	Quality      verdict.Quality `json:"quality_without"`
	CostTask     string          `json:"cost_task"`
	Cost         verdict.Cost    `json:"cost_without"`
	LargestTask  string          `json:"largest_task"` // which saves most
	LargestShare stats.Number    `json:"largest_share"`
}

// sensitivityDocument is the same question answered otherwise.
type sensitivityDocument struct {
	Skewed       stats.Interval `json:"delta_ci_skewness_corrected"` // percentage points
	Newcombe     stats.Interval `json:"delta_ci_newcombe"`           // likewise
	McNemarExact stats.Number   `json:"p_mcnemar_exact"`
	Repositories int            `json:"n_repositories"`
	ByRepository stats.Interval `json:"delta_ci_by_repository"` // percentage points
	Obuchowski   stats.Number   `json:"p_by_repository_obuchowski"`
	Yang         stats.Number   `json:"p_by_repository_yang"`
	Durkalski    stats.Number   `json:"p_by_repository_durkalski"`
}

func documentOf(p compare.Pair) pairDocument {
	e := p.Evidence
	d := pairDocument{
		Baseline: p.Baseline, Candidate: p.Candidate, N: e.N(), Tasks: e.Tasks, Both: e.Both,
		OnlyBaseline: e.OnlyBaseline, OnlyCandidate: e.OnlyCandidate, Neither: e.Neither,
		DeltaPP: points(p), DeltaCI: e.DifferenceInterval.Scaled(100), PValue: e.PValue, Test: e.Test,
		MarginPP: stats.Number(p.Assumptions.MarginPP), NonInferior: e.NonInferior,
		NonInferiorityP: e.NonInferiority, Needed: e.Needed, NeededFor: e.NeededFor,
		CostRatio: e.CostRatio, CostRatioCI: e.CostRatioInterval, CostRatioMedian: e.CostRatioMedian,
		Tokens: e.TokensRatio.Value, TokensCI: e.TokensRatio.Interval, TokensMedian: e.TokensRatio.Median,
		Time: e.TimeRatio.Value, TimeCI: e.TimeRatio.Interval, TimeMedian: e.TimeRatio.Median,
		Displacement: e.Displacement, DisplacementCI: e.DisplacementInterval,
		Ceiling:   p.Ceiling,
		Holm:      holmDocument{e.Candidates, e.Adjusted.PValue, e.Adjusted.NonInferiority},
		Influence: influenceOf(e.Influence), Sensitivity: sensitivityOf(e.Sensitivity),
		Verdict: inWords(p.Verdict), Sentence: sentence(p),
		Word: p.Word, Quality: p.Quality, Cost: p.Cost,
		Warnings: warnings(p), Codes: []string{},
	}
	for _, w := range p.Warnings {
		d.Codes = append(d.Codes, w.Code())
	}
	return d
}

func influenceOf(i verdict.Influence) influenceDocument {
	return influenceDocument{
		QualityTask: i.QualityTask, Quality: i.Quality, CostTask: i.CostTask, Cost: i.Cost,
		LargestTask: i.LargestTask, LargestShare: i.LargestShare,
	}
}

func sensitivityOf(s verdict.Sensitivity) sensitivityDocument {
	return sensitivityDocument{
		Skewed: s.Skewed.Scaled(100), Newcombe: s.Newcombe.Scaled(100), McNemarExact: s.McNemarExact,
		Repositories: s.Repositories, ByRepository: s.ByRepository.Scaled(100),
		Obuchowski: s.RepositoryP.Obuchowski, Yang: s.RepositoryP.Yang,
		Durkalski: s.RepositoryP.Durkalski,
	}
}
