package runner

import "bench"

// Plan lists the trials of a run in the order in which they start.
// Configurations are interleaved task by task, so that a provider's drift hits
// all alike, and which of them goes first rotates from task to task, so that
// none always meets a cold cache.
func Plan(tasks []bench.Task, configurations []bench.Configuration, attempts int) []bench.Trial {
	plan := make([]bench.Trial, 0, len(tasks)*len(configurations)*attempts)
	for attempt := 1; attempt <= attempts; attempt++ {
		for i, task := range tasks {
			for j := range configurations {
				c := configurations[(i+j)%len(configurations)]
				plan = append(plan, bench.Trial{
					Key: bench.TrialKey{
						Configuration: c.Name, InstanceID: task.InstanceID, Attempt: attempt,
					},
					Task:          task,
					Configuration: c,
				})
			}
		}
	}
	return plan
}
