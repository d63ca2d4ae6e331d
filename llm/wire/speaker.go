package wire

import (
	"net/http"
	"strconv"

	"bench/llm"
)

// SetSpeaker tells a scripted server who is asking.
func SetSpeaker(h http.Header, s llm.Speaker) {
	for name, value := range map[string]string{
		"X-Bench-Configuration": s.Trial.Configuration,
		"X-Bench-Instance":      s.Trial.InstanceID,
		"X-Bench-Attempt":       positive(s.Trial.Attempt),
		"X-Bench-Role":          string(s.Role),
		"X-Bench-Agent":         s.Agent,
		"X-Bench-Turn":          positive(s.Turn),
	} {
		if value != "" {
			h.Set(name, value)
		}
	}
}

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}
