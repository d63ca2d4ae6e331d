// Package anthropic is the client for Anthropic's Messages API and for the
// endpoints of others that speak it: platform.claude.com/docs/en/api/messages
//
// The conversation that bench keeps is in the form of chat completions. Each
// message is turned into content blocks once (message.go); a request puts them
// together to turns (request.go). What only this protocol has goes into fields
// of llm.Message.Extra:
//
//	thinking_blocks  the blocks that are neither text nor a tool call, as they
//	                 came and in order: thinking with its signature,
//	                 redacted_thinking
//	block_order      where the blocks did not come as thinking, text, calls: the
//	                 order; "thinking" and "call" take the next of their kind, a
//	                 number takes as many bytes of the text
package anthropic
