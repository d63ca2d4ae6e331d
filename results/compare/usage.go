package compare

import "fmt"

// unreported counts the trials whose program reported no model calls.
func (c *Column) unreported() (n int) {
	for _, t := range c.trials {
		if t.noUsage {
			n++
		}
	}
	return n
}

// usageWarnings say what the costs of programs are worth.
func (c *Column) usageWarnings() (out []string) {
	if n := c.unreported(); n > 0 {
		out = append(out, fmt.Sprintf("%d of %d trials of %s reported no usage: its cost is not known",
			n, len(c.trials), c.name))
	}
	bad := 0
	for _, t := range c.trials {
		bad += t.badUsage
	}
	if bad > 0 {
		out = append(out, fmt.Sprintf("reports of %s are not counted, as %d notices say: "+
			"its cost is a lower bound", c.name, bad))
	}
	return out
}
