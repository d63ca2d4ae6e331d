package main

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
)

// timed are the keys of a comparison's JSON that depend on when things happened.
var timed = regexp.MustCompile(`(_s|_ms|_seconds|minutes_area|concurrency|speedup_estimate)$|^time_ratio|_time$`)

// withoutTimes is a comparison's JSON without what depends on when things happened.
func withoutTimes(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if v[key] = withoutTimes(value); timed.MatchString(key) {
				delete(v, key)
			}
		}
	case []any:
		v = slices.DeleteFunc(v, func(item any) bool {
			m, ok := item.(map[string]any)
			return ok && (m["resource"] == "minutes" || m["metric"] == "wall_s.per_task")
		})
		for i := range v {
			v[i] = withoutTimes(v[i])
		}
		return v
	}
	return v
}

// timeless prints the comparison that it reads without times.
func timeless() {
	var v any
	if err := json.NewDecoder(os.Stdin).Decode(&v); err != nil {
		fail("%v", err)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	if err := out.Encode(withoutTimes(v)); err != nil {
		fail("%v", err)
	}
}
