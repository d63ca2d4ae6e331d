package wire

import (
	"crypto/sha256"
	"fmt"

	"bench/llm"
)

// Cache says how a client asks for prompt caching.
type Cache string

// The ways to ask for caching.
const (
	CacheAuto    Cache = "auto"    // as the provider and the model need it
	CacheOff     Cache = "off"     // not at all
	CacheMarkers Cache = "markers" // breakpoints, with the provider's own time to live
	Cache5m      Cache = "5m"      // breakpoints that live for five minutes
	Cache1h      Cache = "1h"      // breakpoints that live for an hour
)

// maxCacheKey is how many bytes providers take as prompt_cache_key:
// github.com/theopenco/llmgateway/pull/3110
const maxCacheKey = 64

// CacheKey names a conversation, so that a provider sends its requests to the
// machine that has their beginning in its cache. Outside of trials there is none.
func CacheKey(s llm.Speaker) string {
	if s.Trial.IsZero() {
		return ""
	}
	key := s.Trial.String() + "/" + s.Agent
	if len(key) > maxCacheKey {
		key = fmt.Sprintf("%x", sha256.Sum256([]byte(key)))
	}
	return key
}
