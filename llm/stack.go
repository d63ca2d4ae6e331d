package llm

import "bench"

// Shared returns the client that every agent on one model shares: it stays
// within the model's limits and tries again what is worth trying again.
func Shared(provider Client, limit RateLimit, retry RetryOptions) Client {
	return Retry(Limit(provider, NewLimiter(limit)), retry)
}

// ForAgent returns the client of one agent: it draws from the agent's purse
// and records every call as an event of rec's agent.
func ForAgent(shared Client, model bench.Model, purse *bench.Purse, rec bench.Recorder) Client {
	return Meter(Budget(shared, purse, model.Price), model, rec, 0)
}
