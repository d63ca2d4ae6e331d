package wire

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"bench/llm"
)

// declinedCodes are codes and types of errors by which a provider declines to
// answer. TestDeclined has a full answer with its source for each.
var declinedCodes = []string{
	"invalid_prompt", "content_policy_violation", "content_filter", "contentfilter",
	"responsibleaipolicyviolation", "bio_policy", "cyber_policy_violation",
	"misalignment_policy_violation", "data_inspection_failed", "datainspectionfailed",
	"sensitivecontentdetected", "guardrail_intervened",
}

// declinedPhrases say it in words, in lower case.
var declinedPhrases = []string{
	"flagged as potentially violating", "content management policy", "content filtering policy",
	"content exists risk", "data may contain inappropriate content", "considered high risk",
	"content violates usage guidelines", "不安全或敏感内容", "input new_sensitive", "output new_sensitive",
	"your input was flagged",
}

// sensitive are the codes of GLM and MiniMax for what their filters stop:
// docs.z.ai/api-reference/api-code, platform.minimax.io/docs/api-reference/errorcode
var sensitive = []string{"1301", "1026", "1027"}

// policyWords tell OpenAI's invalid_prompt from that of OpenRouter, which means a
// request of a wrong form: github.com/openai/codex/issues/18307
var policyWords = []string{"flagged", "policy", "policies", "safety", "violat"}

// declined is an error by which the provider, or a filter before the model,
// declines to answer. It is a refusal of what the model is sold as, and not a
// fault of the endpoint: the same request is declined again.
type declined struct{ word, message string }

func (d *declined) Error() string { return fmt.Sprintf("declined (%s): %s", d.word, d.message) }

// declines is the error of a failure that is a refusal by policy; nil of others.
func (f Failure) declines() error {
	if f.Status >= 500 || slices.Contains([]int{401, 422, 429}, f.Status) {
		return nil
	}
	code, text := strings.ToLower(f.Code), strings.ToLower(f.Message)
	if strings.Contains(code, "invalid_prompt") && !containsAny(text, policyWords) {
		return nil
	}
	for _, word := range strings.Fields(code) {
		if slices.Contains(declinedCodes, word) || slices.Contains(sensitive, word) {
			return &declined{word, f.Message}
		}
	}
	if containsAny(text, declinedPhrases) || containsAny(code, declinedCodes) {
		return &declined{string(llm.FinishRefusal), f.Message}
	}
	return nil
}

// refuse makes a refusal of an attempt whose error is one, and returns what is
// left of the error. What the model had said before stays as evidence. Whether
// it is billed depends on the provider, so its usage is unknown:
// azure.microsoft.com/pricing/details/cognitive-services/openai-service
func (a *Attempt) refuse(err error) error {
	var d *declined
	if !errors.As(err, &d) {
		return err
	}
	a.Finish, a.FinishReason = llm.FinishRefusal, d.word
	a.Message = llm.Answer{Text: d.message}.Message()
	return nil
}
