package bench_test

import (
	"fmt"
	"reflect"
	"testing"

	"bench"
)

// Every body that an event can name is either said, and dropped by Unsaid, or stays; a
// new one has to be put on one of the two lists.
func TestUnsaid(t *testing.T) {
	t.Parallel()
	said := map[string]bool{
		"LLMCall.Messages.Body": true, "LLMCall.Original": true, "LLMCall.Lost": true,
		"LLMCallStarted.LLMCall.Messages.Body": true, "LLMCallStarted.LLMCall.Original": true,
		"LLMCallStarted.LLMCall.Lost": true, "ToolCall.Arguments": true, "ToolCall.Result": true,
		"DelegationSpawned.Prompt": true, "DelegationEnded.Report": true, "AgentEnded.Message": true,
		"RunStarted.Config": false, "RunStarted.Tasks.Row": false,
		"RunStarted.Shard.Tasks.Row": false, "AgentStarted.SystemPrompt": false,
		"AgentStarted.Tools": false, "DelegationEnded.Patch": false, "Patch.Diff": false,
		"Grade.Log": false, "Grade.Script": false, "Grade.CanaryLog": false,
	}
	seen := map[string]bool{}
	for _, p := range bench.Payloads {
		full := reflect.New(reflect.TypeOf(p)).Elem()
		fill(t, full, 1)
		left := hashes(reflect.ValueOf(bench.Unsaid(full.Interface().(bench.Payload))), full.Type().Name())
		for path := range hashes(full, full.Type().Name()) {
			seen[path] = true
			if gone, ok := said[path]; !ok || gone == left[path] {
				t.Errorf("%s: listed %v as said %v, and left by Unsaid %v", path, ok, gone, left[path])
			}
		}
	}
	if len(seen) != len(said) {
		t.Errorf("%d of the %d that are listed exist", len(seen), len(said))
	}
}

// hashes are the paths of the hashes in v that are not empty.
func hashes(v reflect.Value, path string) map[string]bool {
	all := map[string]bool{}
	add := func(v reflect.Value, path string) {
		for p := range hashes(v, path) {
			all[p] = true
		}
	}
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[bench.BodyHash]() && v.Len() > 0 {
			all[path] = true
		}
	case reflect.Struct:
		for i := range v.NumField() {
			add(v.Field(i), fmt.Sprintf("%s.%s", path, v.Type().Field(i).Name))
		}
	case reflect.Slice:
		for i := range v.Len() {
			add(v.Index(i), path)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			add(v.Elem(), path)
		}
	}
	return all
}
