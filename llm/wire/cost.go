package wire

import (
	"encoding/json"
	"net/http"

	"bench"
)

// ticksPerUSD is the unit of xAI's cost_in_usd_ticks
// (https://docs.x.ai/developers/cost-tracking).
const ticksPerUSD = 1e10

// costNames are where servers report what a call costs in dollars: a number, a
// text, or an object with the total in it.
var costNames = []string{
	"cost", // OpenRouter, Requesty; an object at Perplexity
	"total_cost", "cost_usd", "total_cost_usd",
	"estimated_cost", // DeepInfra
}

// totalCostNames are where the total stands in a cost that is an object.
var totalCostNames = []string{"total_cost", "total", "total_cost_usd", "usd", "amount"}

// costHeaders are those of gateways.
var costHeaders = []string{"X-Litellm-Response-Cost", "X-Response-Cost"}

// cost is what a report says that a call costs; nil if it does not.
func cost(f fields, h http.Header) *bench.USD {
	var ticks float64
	if json.Unmarshal(f["cost_in_usd_ticks"],
		&ticks) == nil && f.has("cost_in_usd_ticks") && ticks >= 0 {
		return usd(ticks / ticksPerUSD)
	}
	for _, name := range costNames {
		if v, ok := amount(f[name]); ok {
			// The fee alone; the model is paid for elsewhere.
			if name == "cost" && string(f["is_byok"]) == "true" {
				upstream, _ := number(f.at("cost_details.upstream_inference_cost"))
				v += upstream
			}
			return usd(v)
		}
	}
	for _, name := range costHeaders {
		if v, ok := number(json.RawMessage(h.Get(name))); ok && v >= 0 {
			return usd(v)
		}
	}
	return nil
}

// amount is a cost, or the total of one that is an object.
func amount(raw json.RawMessage) (float64, bool) {
	if v, ok := number(raw); ok {
		return v, v >= 0
	}
	object := fieldsOf(raw)
	for _, name := range totalCostNames {
		if v, ok := number(object[name]); ok && v >= 0 {
			return v, true
		}
	}
	return 0, false
}

func usd(v float64) *bench.USD {
	d := bench.Dollars(v)
	return &d
}
