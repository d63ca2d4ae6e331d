// Package responses is the client for OpenAI's Responses API, and for the
// endpoints of others that speak it:
// platform.openai.com/docs/api-reference/responses
//
// Nothing is stored at the provider: each request holds the whole conversation,
// the model's encrypted reasoning included. Messages are turned into items once
// (item.go). What only this protocol has goes into a field of llm.Message.Extra:
//
//	responses_output  the items of the answer, as they came and in order, where
//	                  they are more than texts and calls
package responses
