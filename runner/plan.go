package runner

import "bench"

// PlanByTask lists the trials of a run that may end early in the order in which they
// start: all of a task before those of the next, as only whole tasks are compared. It
// rotates configurations as Plan does.
func PlanByTask(
	tasks []bench.Task, configurations []bench.Configuration, attempts int,
) []bench.Trial {
	plan := make([]bench.Trial, 0, len(tasks)*len(configurations)*attempts)
	for i, task := range tasks {
		for attempt := 1; attempt <= attempts; attempt++ {
			plan = append(plan, rotated(task, configurations, i, attempt)...)
		}
	}
	return plan
}

// Plan lists the trials of a run in the order in which they start.
// Configurations are interleaved task by task, so that a provider's drift hits
// all alike, and which of them goes first rotates from task to task, so that
// none always meets a cold cache.
func Plan(tasks []bench.Task, configurations []bench.Configuration, attempts int) []bench.Trial {
	plan := make([]bench.Trial, 0, len(tasks)*len(configurations)*attempts)
	for attempt := 1; attempt <= attempts; attempt++ {
		for i, task := range tasks {
			plan = append(plan, rotated(task, configurations, i, attempt)...)
		}
	}
	return plan
}

// rotated are the trials of one attempt at the i-th task.
func rotated(
	task bench.Task, configurations []bench.Configuration, i, attempt int,
) (trials []bench.Trial) {
	for j := range configurations {
		c := configurations[(i+j)%len(configurations)]
		trials = append(trials, bench.Trial{
			Key: bench.TrialKey{
				Configuration: c.Name, InstanceID: task.InstanceID, Attempt: attempt,
			},
			Task:          task,
			Configuration: c,
		})
	}
	return trials
}
