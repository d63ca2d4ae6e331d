package wire

import (
	"slices"
	"strings"
)

// hopelessCodes are the codes and types of errors that no waiting cures.
// TestHopeless has a full answer with its source for each.
var hopelessCodes = []string{
	"insufficient_quota", "credit_balance_exhausted", "credit_balance_too_low", "billing_error",
	"billing_hard_limit_reached", "billing_not_active", "account_deactivated",
	"exceeded_current_quota_error", "insufficient_balance", "insufficient_user_quota",
	"insufficient_credits", "payment_required", "arrearage", "invalid_api_key",
	"authentication_error", "invalid_authentication_error", "incorrect_api_key_error",
	"invalid_token", "api_key_invalid", "access_terminated", "account_overdue",
	"accountoverdueerror", "authenticationerror", "unauthenticated", "unauthorized",
	"consumer_invalid", "invalidapikey", "token_expired", "budget_exceeded", "expired_api_key",
	"model_not_found",
	"unsupported_country_region_territory", "permission_error", "modelnotopen", "not_found_error",
}

// hopelessPhrases say it in words, in lower case.
var hopelessPhrases = []string{
	"insufficient balance", "insufficient account balance", "insufficient credit",
	"insufficient fund", "insufficient quota", "balance is insufficient", "balance not enough",
	"not enough credits", "not enough balance", "out of credits", "no credits remaining",
	"credit balance is too low", "credits are depleted", "credits have been exhausted",
	"run out of credits", "requires more credits", "add more credits", "used all available credits",
	"exceeded your current quota", "exceeded its monthly spending limit",
	"reached its spending limit", "spending limit reached", "spend limit", "billing hard limit",
	"budget has been exceeded", "exceeded budget", "exceedbudget", "payment required",
	"in arrears", "overdue", "account is not active", "account has been deactivated",
	"account is suspended", "account suspended", "check your plan and billing details",
	"invalid api key", "incorrect api key", "invalid x-api-key", "api key not valid",
	"invalid bearer token", "api key is invalid", "api key expired", "api key has expired",
	"no auth credentials found", "invalid authentication", "authentication fails",
	"invalid credentials", "does not exist or you do not have access", "is not a valid model id",
	"no endpoints found", "model not found", "model not exist", "unknown model", "余额不足", "欠费",
	"账户已停用", "令牌已过期", "身份验证失败", "无效的令牌",
}

// passing are quotas that fill up again by themselves.
var passing = []string{
	"per minute", "per day", "per hour", "per second", "retrydelay", "please retry in",
	"please try again in", "tokens per", "requests per", "rpm", "tpm", "perminute", "perday",
}

// minimaxHopeless are MiniMax's codes for a bad key, an unknown one and an
// empty account: platform.minimax.io/docs/api-reference/errorcode
var minimaxHopeless = []string{"1004", "1008", "2049"}

// wrongPath is how servers say that there is nothing at a path: the base URL is
// not that of the API, as where /v1 is missing.
var wrongPath = lazily(`(?i)^(?:404 |the )?(?:requested )?` +
	`(?:file |page |resource |url |path |` +
	`route |endpoint )?(?:was |is )?not found.{0,20}$|invalid url|cannot post|no route|` +
	`unknown request url|method not allowed|^<(?:html|!doctype)`)

// noSuchValue is how OpenRouter refuses one field of a request, which may be sent
// without it: github.com/zed-industries/zed/issues/36094
const noSuchValue = "no endpoints found that support the provided"

// hopeless reports whether an error will not go away before a person does
// something: no balance, no quota, a bad key.
func (f Failure) hopeless() bool {
	if f.Status == 401 || f.Status == 402 || slices.Contains(minimaxHopeless, f.Code) {
		return true
	}
	code, text := strings.ToLower(f.Code), strings.ToLower(f.Message)
	if f.Status >= 500 { // a gateway that has trouble with its own accounts
		return containsAny(code, hopelessCodes)
	}
	if (f.Status == 404 || f.Status == 405) && wrongPath().MatchString(f.Message) {
		return true
	}
	if strings.Contains(text, noSuchValue) {
		return false
	}
	if containsAny(text, passing) || containsAny(strings.ToLower(Clip(string(f.Body),
		maxErrorBody)), passing) {
		return false
	}
	return containsAny(code, hopelessCodes) || containsAny(text, hopelessPhrases)
}
