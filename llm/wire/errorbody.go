package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// maxErrorBody bounds what is read of a failed answer's body, in bytes.
const maxErrorBody = 16 << 10

// errorBody has the places in which servers and gateways put what is wrong:
// OpenAI's error object, an error that is a string, FastAPI's detail, MiniMax's
// base_resp, and the bare message, msg and code of many others.
type errorBody struct {
	Error    json.RawMessage `json:"error"`
	Errors   json.RawMessage `json:"errors"`
	Detail   json.RawMessage `json:"detail"`
	Message  json.RawMessage `json:"message"`
	Msg      json.RawMessage `json:"msg"`
	ErrorMsg json.RawMessage `json:"error_msg"`
	Code     json.RawMessage `json:"code"`
	Type     json.RawMessage `json:"type"`
	Choices  json.RawMessage `json:"choices"`
	BaseResp struct {
		Code    json.Number `json:"status_code"`
		Message string      `json:"status_msg"`
	} `json:"base_resp"`
}

// errorObject is an error as OpenAI, Anthropic, Google and OpenRouter write it.
type errorObject struct {
	Message  json.RawMessage `json:"message"`
	Code     json.RawMessage `json:"code"`
	Type     json.RawMessage `json:"type"`
	Status   json.RawMessage `json:"status"`
	Metadata struct {
		Raw      json.RawMessage `json:"raw"`
		Provider string          `json:"provider_name"`
	} `json:"metadata"`
}

// read takes message, code and status out of a body, and reports whether the
// body is that of an error.
func (f *Failure) read(body []byte) bool {
	body = unlisted(bytes.TrimPrefix(body, []byte("\ufeff")))
	var b errorBody
	if json.Unmarshal(body, &b) != nil {
		return false
	}
	switch code := b.BaseResp.Code.String(); {
	case Present(b.Error):
		f.object(b.Error)
	case code != "" && code != "0":
		f.Message, f.Code = b.BaseResp.Message, code
	case Present(b.Choices):
		return false
	default:
		f.bare(b)
	}
	f.Message = Clip(strings.TrimSpace(f.Message), 500)
	return f.Message != "" || f.Code != ""
}

// unlisted is the one element of a list: Google wraps its errors in one.
func unlisted(body []byte) []byte {
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil && len(list) > 0 {
		return list[0]
	}
	return body
}

// object reads an error object, or a string in its place.
func (f *Failure) object(raw json.RawMessage) {
	var e errorObject
	if json.Unmarshal(raw, &e) != nil {
		f.Message = value(raw)
		return
	}
	f.Message = value(e.Message)
	f.addCode(e.Code, e.Type, e.Status)
	if inner := innerReason(e.Metadata.Raw); inner != "" && !strings.Contains(f.Message, inner) {
		f.Message = strings.TrimSpace(fmt.Sprintf("%s (%s: %s)", f.Message,
			firstOf(e.Metadata.Provider, "provider"), inner))
	}
	if f.Message == "" {
		f.Message = string(raw)
	}
}

// bare reads an error that stands in the body without an object of its own.
func (f *Failure) bare(b errorBody) {
	for _, raw := range []json.RawMessage{b.Message, b.Msg, b.ErrorMsg, b.Detail, b.Errors} {
		if Present(raw) && f.Message == "" {
			f.Message = value(raw)
		}
	}
	if f.Message != "" {
		f.addCode(b.Code, b.Type)
	}
}

// addCode takes over codes. One that is an HTTP status counts as the status
// where the answer's own says nothing.
func (f *Failure) addCode(codes ...json.RawMessage) {
	var words []string
	for _, raw := range codes {
		if !Present(raw) {
			continue
		}
		code := value(raw)
		if n, err := strconv.Atoi(code); err == nil && n >= 400 && n < 600 && f.Status == 0 {
			f.Status = n
		}
		words = append(words, code)
	}
	f.Code = strings.Join(words, " ")
}

// innerReason is what the server behind a router said: a text, or a body of
// JSON in a text.
func innerReason(raw json.RawMessage) string {
	if !Present(raw) {
		return ""
	}
	text := []byte(value(raw))
	var inner Failure
	if inner.read(text) && inner.Message != "" {
		return inner.Message
	}
	return Clip(strings.TrimSpace(string(text)), 300)
}

// value is a JSON string decoded, or anything else as it stands.
func value(raw json.RawMessage) string {
	if s := Text(raw); s != "" {
		return s
	}
	return strings.Trim(string(bytes.TrimSpace(raw)), `"`)
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
