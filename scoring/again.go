package scoring

import (
	"context"

	"bench"
	"bench/sandbox"
)

// Again is a grader that judges a patch once more, on a new machine, if the first one was
// gone.
type Again struct {
	Grader
	Machines sandbox.Recoverer
}

// Grade implements Grader.
func (a Again) Grade(ctx context.Context, job Job) (bench.Grade, []bench.Body, error) {
	grade, bodies, err := a.Grader.Grade(ctx, job)
	if err == nil || ctx.Err() != nil || !a.Machines.Gone(ctx, job.Trial) {
		return grade, bodies, err
	}
	if err := a.Machines.Again(ctx, job.Trial); err != nil {
		return grade, bodies, err
	}
	return a.Grader.Grade(ctx, job)
}
