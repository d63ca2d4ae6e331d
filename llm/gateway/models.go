package gateway

import (
	"net/http"
	"slices"
	"strings"
)

// modelNames are the names by which a program can call models: those of the config's
// names that have no *, and those of the models.
func (s *Session) modelNames() (names []string) {
	for _, n := range s.o.Gateway.Names {
		if !strings.Contains(n.Name, "*") {
			names = append(names, n.Name)
		}
	}
	for _, m := range s.o.Models {
		names = append(names, m.Model, m.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// listModels lists the models in the form of the protocol that asks.
func (s *Session) listModels(w http.ResponseWriter, r *http.Request) {
	p := protocolOf(r)
	list := []any{}
	names := s.modelNames()
	for _, name := range names {
		list = append(list, p.model(name))
	}
	switch p {
	case geminiAPI:
		answerJSON(w, map[string]any{"models": list})
	case messages:
		answerJSON(w, map[string]any{
			"data": list, "has_more": false, "first_id": names[0], "last_id": names[len(names)-1],
		})
	default:
		answerJSON(w, map[string]any{"object": "list", "data": list})
	}
}

// showModel answers what is known of one model.
func (s *Session) showModel(w http.ResponseWriter, r *http.Request) {
	p, name := protocolOf(r), r.PathValue("name")
	if _, ok := s.modelFor(name); !ok {
		p.refuse(w, refusal{refusedModel, "there is no model " + name})
		return
	}
	answerJSON(w, p.model(name))
}

// model is an entry of a list of models:
// platform.openai.com/docs/api-reference/models, docs.claude.com/en/api/models-list,
// ai.google.dev/api/models
func (p *protocol) model(name string) map[string]any {
	switch p {
	case geminiAPI:
		return map[string]any{
			"name": "models/" + name, "displayName": name,
			"supportedGenerationMethods": []string{"generateContent", "countTokens"},
		}
	case messages:
		return map[string]any{
			"type": "model", "id": name, "display_name": name, "created_at": "1970-01-01T00:00:00Z",
		}
	}
	return map[string]any{"id": name, "object": "model", "created": 0, "owned_by": "bench"}
}

func answerJSON(w http.ResponseWriter, v map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(object(v)) // a program that has gone hears nothing
}
