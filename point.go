package bench

// Point is what somebody else has published of a configuration: a score and a cost,
// without the trials behind them, and so without intervals.
type Point struct {
	Name      string  `json:"name"`     // of the configuration, in their words
	Score     float64 `json:"score"`    // in percent
	CostUSD   USD     `json:"cost_usd"` // per task, or as Note says
	Benchmark string  `json:"benchmark,omitempty"`
	Date      string  `json:"date,omitempty"` // of the publication
	Source    string  `json:"source,omitempty"`
	Note      string  `json:"note,omitempty"`     // on the units
	Evidence  string  `json:"evidence,omitempty"` // who says so
}
