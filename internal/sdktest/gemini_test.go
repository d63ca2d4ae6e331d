package sdktest

import (
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/genai"
)

func geminiClient(t *testing.T, url, key string, via *http.Client) *genai.Client {
	t.Helper()
	c, err := genai.NewClient(t.Context(), &genai.ClientConfig{
		APIKey: key, Backend: genai.BackendGeminiAPI, HTTPClient: via,
		HTTPOptions: genai.HTTPOptions{BaseURL: url},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func geminiConfig() *genai.GenerateContentConfig {
	return &genai.GenerateContentConfig{
		MaxOutputTokens: 1000, SystemInstruction: genai.NewContentFromText("Be brief.", "user"),
		Tools: []*genai.Tool{{FunctionDeclarations: []*genai.FunctionDeclaration{
			{Name: "look"}, {Name: "list"},
		}}},
	}
}

// generate asks once. What a stream says is put together as its client has it to do.
func generate(
	t *testing.T, c *genai.Client, contents []*genai.Content, stream bool,
) (*genai.GenerateContentResponse, error) {
	t.Helper()
	if !stream {
		return c.Models.GenerateContent(t.Context(), "m", contents, geminiConfig())
	}
	return together(c.Models.GenerateContentStream(t.Context(), "m", contents, geminiConfig()))
}

func together(
	pieces iter.Seq2[*genai.GenerateContentResponse, error],
) (*genai.GenerateContentResponse, error) {
	var all *genai.GenerateContentResponse
	for piece, err := range pieces {
		if err != nil {
			return all, err
		}
		if all == nil {
			all = piece
			continue
		}
		for i, from := range piece.Candidates {
			to := all.Candidates[i]
			if from.Content != nil {
				to.Content.Parts = append(to.Content.Parts, from.Content.Parts...)
			}
			if from.FinishReason != "" {
				to.FinishReason = from.FinishReason
			}
		}
		if piece.UsageMetadata != nil {
			all.UsageMetadata = piece.UsageMetadata
		}
	}
	return all, nil
}

// talkGemini talks for three turns, and answers function calls.
func talkGemini(t *testing.T, c *genai.Client, text string, stream bool) (h heard, err error) {
	t.Helper()
	contents := genai.Text(text)
	for range 3 {
		a, err := generate(t, c, contents, stream)
		if err != nil {
			return h, err
		}
		if len(a.Candidates) == 0 {
			return h, errors.New("nobody speaks in the answer")
		}
		said := a.Candidates[0]
		contents = append(contents, said.Content)
		words, results := "", []*genai.Part(nil)
		for _, p := range said.Content.Parts {
			switch {
			case p.FunctionCall != nil:
				arguments, err := json.Marshal(p.FunctionCall.Args)
				if err != nil {
					return h, err
				}
				h.call(p.FunctionCall.ID, p.FunctionCall.Name, strings.Replace(string(arguments), "null", "{}", 1))
				result := genai.NewPartFromFunctionResponse(p.FunctionCall.Name, map[string]any{"output": "found"})
				result.FunctionResponse.ID = p.FunctionCall.ID
				results = append(results, result)
			case !p.Thought:
				words += p.Text
			}
		}
		h.words = append(h.words, words)
		if len(results) > 0 {
			contents = append(contents, genai.NewContentFromParts(results, genai.RoleUser))
		}
		u := a.UsageMetadata
		h.finish = string(said.FinishReason)
		h.usage = [4]int64{int64(u.PromptTokenCount), int64(u.CachedContentTokenCount),
			int64(u.CandidatesTokenCount), int64(u.ThoughtsTokenCount)}
	}
	return h, nil
}

func TestGemini(t *testing.T) {
	for name, stream := range streams {
		t.Run(name, func(t *testing.T) {
			server, url := serve(t, "")
			h, err := talkGemini(t, geminiClient(t, url, "none", nil), "Find it.", stream)
			if err != nil {
				t.Fatal(err)
			}
			h.check(t, server, [4]int64{3000, 1024, 50 - 20, 20}, "STOP")
		})
	}
}

func TestGeminiErrors(t *testing.T) {
	_, url := serve(t, "")
	c := geminiClient(t, url, "none", nil)
	for _, stream := range streams {
		_, err := talkGemini(t, c, "refuse", stream)
		var e genai.APIError
		if !errors.As(err, &e) || e.Code != 429 || !strings.Contains(e.Message, "slow down, please") {
			t.Errorf("%v", err)
		}
	}
	if _, err := talkGemini(t, c, "break", true); err == nil || !strings.Contains(err.Error(), "broke down") {
		t.Errorf("an error in mid-stream: %v", err)
	}
}
