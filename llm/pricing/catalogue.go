package pricing

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"bench"
)

// Catalogue is what somebody else says that models cost, by maker and model.
type Catalogue struct{ models map[[2]string]bench.Rates }

// catalogueMakers are the names that catalogues have for makers, where these
// differ from those of the table.
var catalogueMakers = map[string]string{
	"gemini": "google", "alibaba": "qwen", "dashscope": "qwen", "zai": "z-ai", "xai": "x-ai",
	"moonshot": "moonshotai", "mistral": "mistralai",
}

// ParseCatalogue reads the JSON document of models.dev, a map from providers to
// their models with a cost in USD per million tokens
// (https://github.com/anomalyco/models.dev), or that of LiteLLM, a map from
// models to costs in USD per token
// (https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json).
func ParseCatalogue(data []byte) (Catalogue, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return Catalogue{}, errors.New("no JSON document of models.dev or LiteLLM")
	}
	c := Catalogue{models: map[[2]string]bench.Rates{}}
	for name, raw := range all {
		c.addModelsDev(name, raw)
		c.addLiteLLM(name, raw)
	}
	if len(c.models) == 0 {
		return c, errors.New("no prices in the form of models.dev or LiteLLM")
	}
	return c, nil
}

func (c Catalogue) addModelsDev(provider string, raw json.RawMessage) {
	var p struct {
		Models map[string]struct {
			Cost *struct {
				Input, Output *float64
				Read          *float64 `json:"cache_read"`
				Write         *float64 `json:"cache_write"`
			}
		}
	}
	if json.Unmarshal(raw, &p) != nil {
		return
	}
	for model, m := range p.Models {
		if m.Cost != nil && m.Cost.Input != nil && m.Cost.Output != nil {
			c.add(provider, model, rates{
				Input: m.Cost.Input, Output: m.Cost.Output, CachedInput: m.Cost.Read, CacheWrite: m.Cost.Write,
			})
		}
	}
}

func (c Catalogue) addLiteLLM(name string, raw json.RawMessage) {
	var m struct {
		Provider string   `json:"litellm_provider"`
		Input    *float64 `json:"input_cost_per_token"`
		Output   *float64 `json:"output_cost_per_token"`
		Read     *float64 `json:"cache_read_input_token_cost"`
		Write    *float64 `json:"cache_creation_input_token_cost"`
	}
	if json.Unmarshal(raw, &m) != nil || m.Provider == "" || m.Input == nil || m.Output == nil {
		return
	}
	million := func(perToken *float64) *float64 {
		if perToken == nil {
			return nil
		}
		f := *perToken * 1e6
		return &f
	}
	c.add(m.Provider, name[strings.LastIndexByte(name, '/')+1:], rates{
		Input: million(m.Input), Output: million(m.Output), CachedInput: million(m.Read),
		CacheWrite: million(m.Write),
	})
}

func (c Catalogue) add(provider, model string, r rates) {
	maker := provider
	if known, ok := catalogueMakers[provider]; ok {
		maker = known
	}
	_, model = split(strings.ToLower(model))
	c.models[[2]string{maker, model}] = r.bench()
}

// Of is what the catalogue says of an entry, under any of its makers.
func (c Catalogue) Of(e Entry) (bench.Rates, bool) {
	makers := table().Models[e.Model].Makers
	i := slices.IndexFunc(makers, func(maker string) bool {
		_, ok := c.models[[2]string{maker, e.Model}]
		return ok
	})
	if i < 0 {
		return bench.Rates{}, false
	}
	return c.models[[2]string{makers[i], e.Model}], true
}

// Difference is a class of tokens with two prices.
type Difference struct {
	Class       string
	Here, There bench.Rate
}

// Differences are the classes whose rates are not the same.
func Differences(here, there bench.Rates) (out []Difference) {
	for _, d := range []Difference{
		{"input", here.Input, there.Input}, {"cached input", here.CachedInput, there.CachedInput},
		{"cache writes", here.CacheWrite, there.CacheWrite}, {"output", here.Output, there.Output},
	} {
		if d.Here != d.There {
			out = append(out, d)
		}
	}
	return out
}
