// Package scripted is an HTTP server that says what a script tells it to, in the
// protocols of several providers. Demos, tests and load runs reach it through
// the same clients as any provider.
//
// A script is YAML:
//
//	seed: 1                       # of everything drawn; default 0
//	models:                       # optional
//	  sim-frontier:
//	    price: {input: 15, cached_input: 1.5, cache_write: 18.75, output: 75}
//	    latency: 40ms             # or {min: 20ms, max: 80ms}
//	captures:                     # ${workdir} in say and arguments
//	  workdir: 'Working directory: (\S+)'      # first match in system and user messages
//	  task_id: {regex: 'task (t\d+)', scope: last, default: t0001}
//	rules:                        # the first that matches speaks
//	  - when: {model: sim, role: main, turn: 1}
//	    say: "I look around."
//	    calls: [{tool: terminal, arguments: {command: "ls ${workdir}"}}]
//	    usage: {input: 1200, output: 80}
//	    latency: 120ms
//	  - when: {last: "exit code 1"}
//	    fault: {kind: status, status: 429, retry_after: 1s}
//	    times: 2                  # per conversation, then the rule is passed over
//	    rate: 0.1                 # of requests
//
// Conditions are regular expressions that must be found (anchor them where
// that matters): model, role, configuration, task, agent, last (what was said
// since the model's last message, without system messages) and conversation
// (everything); turn is a number, one more than the assistant messages in the
// request. Role, configuration, task and agent come from the X-Bench headers
// of the client in package openai; where a header is absent only the condition
// ".*" holds.
//
// Usage that a rule does not give is worked out: a token is four bytes; cached
// input is the longest prefix of messages seen before, in blocks of 128 from
// 1,024 up; what is not read from the cache is written to it. Models whose price
// names no cached_input or cache_write have no such thing. A client that sends
// headers has a cache of its own per agent, so that costs do not depend on who
// came first.
//
// The same rules answer four protocols, plain and streaming: chat completions
// (/v1/chat/completions), Anthropic's Messages (/v1/messages, count_tokens),
// OpenAI's Responses (/v1/responses) and Google's generateContent
// (/v1beta/models/NAME:generateContent). What is thought comes in the form of each:
// reasoning_content, thinking blocks with signatures, reasoning items.
//
//	rules:
//	  - think: Where is it?           # or {text: …, signature: …} or {redacted: …}
//	    say: "I look around."
//	    calls:
//	      - tool: terminal
//	        id: call_1                # default: one of its own; "" and null are sent
//	        raw: '{"command": "l'     # instead of arguments, as it is
//	        extra: {extra_content: {google: {thought_signature: c2ln}}}
//	    message: {reasoning_details: [{type: reasoning.text, text: t}]}   # chat only
//	    answer: {system_fingerprint: !absent}                             # the whole
//	    served_model: other
//	    finish_reason: null
//	    usage: {input: 9, report: {prompt_tokens: 9}}  # or null or absent: what is said of it
//	    headers: {X-Request-Id: r}
//	    before: "\uFEFF"              # bytes around the answer; body replaces it
//	    after: "\n"
//	    stream: {chunk: 12, pause: 5ms, comments: 2, comment: c, keep_alive: 1s, usage: finish}
//	    break: {kind: cut, after: 3}  # or stall, end, error: {…}; billed all the same
//
// Faults are status, hang, truncate, invalid_json, disconnect, empty_choices
// and error_200; those with words take message, type, code, headers and body.
// They are not billed. GET /ledger says what was, for all protocols together.
//
// Text like ${HOME} that names no capture is left alone.
package scripted
