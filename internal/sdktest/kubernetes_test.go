package sdktest

import (
	"os"
	"testing"

	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// TestKubernetesJobs reads the example's objects with Kubernetes' own types, strictly, and
// holds them to what its server demands of an indexed job that goes on.
func TestKubernetesJobs(t *testing.T) {
	t.Parallel()
	var shards, merge batch.Job
	for file, job := range map[string]*batch.Job{"shards.yaml": &shards, "merge.yaml": &merge} {
		text, err := os.ReadFile("../../examples/kubernetes/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.UnmarshalStrict(text, job); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if job.APIVersion != "batch/v1" || job.Kind != "Job" || job.Name == "" {
			t.Errorf("%s: %s %s %q", file, job.APIVersion, job.Kind, job.Name)
		}
		pod := job.Spec.Template.Spec
		volumes := map[string]bool{}
		for _, v := range pod.Volumes {
			volumes[v.Name] = true
		}
		for _, c := range append(pod.InitContainers, pod.Containers...) {
			for _, m := range c.VolumeMounts {
				if !volumes[m.Name] {
					t.Errorf("%s: container %s mounts %s, which is no volume", file, c.Name, m.Name)
				}
			}
		}
		if pod.RestartPolicy != core.RestartPolicyNever { // as pod failure policies need it
			t.Errorf("%s: restart policy %s", file, pod.RestartPolicy)
		}
	}
	s := shards.Spec
	if s.CompletionMode == nil || *s.CompletionMode != batch.IndexedCompletion ||
		s.Completions == nil || s.BackoffLimitPerIndex == nil || s.PodFailurePolicy == nil {
		t.Fatalf("no indexed job with a limit per index: %+v", s)
	}
	rules := s.PodFailurePolicy.Rules
	if len(rules) != 2 || rules[0].Action != batch.PodFailurePolicyActionIgnore ||
		rules[1].Action != batch.PodFailurePolicyActionFailIndex ||
		*rules[1].OnExitCodes.ContainerName != s.Template.Spec.Containers[0].Name {
		t.Errorf("rules %+v", rules)
	}
}
