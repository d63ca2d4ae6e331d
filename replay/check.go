package replay

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"bench"
)

// Check reads the answers that a replay of trials needs. The error names the calls whose
// answers are not in the log, or not as the model gave them.
func Check(ctx context.Context, log Log, run string, keys []bench.TrialKey) error {
	var missing, redacted []string
	for _, key := range keys {
		t, err := readTape(ctx, log, run, key)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(t.agents)) {
			for _, x := range t.agents[name].calls {
				if x.Answer == "" {
					continue
				}
				text, err := log.Body(ctx, x.Answer)
				switch {
				case err != nil && ctx.Err() != nil:
					return context.Cause(ctx)
				case err != nil:
					missing = append(missing, x.Call.CallID)
				case strings.Contains(string(text), bench.Redacted):
					redacted = append(redacted, x.Call.CallID)
				}
			}
		}
	}
	var errs []error
	if len(missing) > 0 {
		errs = append(errs, fmt.Errorf("the answers of %s cannot be read: they were removed, or are "+
			"damaged (see bench db check)", some(missing)))
	}
	if len(redacted) > 0 {
		errs = append(errs, fmt.Errorf("a key stood in the answers of %s, and was taken out: they are "+
			"not what the model said", some(redacted)))
	}
	return errors.Join(errs...)
}

// some names a few calls, and counts the others.
func some(calls []string) string {
	const most = 5
	if len(calls) <= most {
		return strings.Join(calls, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(calls[:most], ", "), len(calls)-most)
}
