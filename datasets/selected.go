package datasets

import "fmt"

// selectInto puts the selected tasks into the set, and the mistakes of all rows
// that are not selected. Mistakes of selected rows are its error.
func (c *collector) selectInto(set *Set, path string) error {
	selected, err := c.pick.finish(c.found, c.ids)
	if err != nil {
		err = fmt.Errorf("select tasks of %s: %w", path, err)
		if unknown := c.mistakes(func(f found) bool { return f.task.InstanceID == "" }); unknown != nil {
			err = fmt.Errorf("%w; of some rows the id cannot be read:\n%w", err, unknown)
		}
		return err
	}
	chosen := map[*Errors]bool{}
	for _, f := range selected {
		chosen[f.errs] = true
		set.Tasks = append(set.Tasks, f.task)
	}
	refused := func(f found) bool {
		// Where a shuffle puts a row depends on its id.
		return chosen[f.errs] || f.task.InstanceID == "" && c.pick.shuffle && c.pick.wants("")
	}
	if errs := c.mistakes(refused); errs != nil {
		return errs
	}
	set.Unselected = c.mistakes(func(found) bool { return true })
	return nil
}

// mistakes are those of some rows, in order; nil if there are none.
func (c *collector) mistakes(of func(found) bool) *Errors {
	all := new(Errors)
	for _, f := range c.bad {
		if of(f) {
			all.addAll(f.errs)
		}
	}
	if len(all.Errors) == 0 {
		return nil
	}
	return all
}
