package llm

// Shared returns the client that every agent on one model shares: it stays
// within the model's limits and tries again what is worth trying again.
func Shared(provider Client, limit RateLimit, retry RetryOptions) Client {
	return Retry(Limit(provider, NewLimiter(limit)), retry)
}
