package datasets

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// harborFields are those of a task.toml being read: what is wrong in it, and what it asks for that
// is not to be had here.
type harborFields struct {
	mistakes []string
	lacks    []string
}

// lack notes what the task asks for, in words that follow "it lacks".
func (f *harborFields) lack(format string, args ...any) {
	f.lacks = append(f.lacks, fmt.Sprintf(format, args...))
}

// harborTable is a table of task.toml; one that is not there has no values.
type harborTable struct {
	*tomlTable
	name  string // with its dot
	into  *harborFields
	known map[string]bool // keys that were asked for
}

func (f *harborFields) table(t *tomlTable, name string) harborTable {
	if t == nil {
		t = newTable()
	}
	return harborTable{t, name, f, map[string]bool{}}
}

// get returns the value of a key, nil if it has none.
func (t harborTable) get(key string) any {
	t.known[key] = true
	return t.values[key]
}

// wrong notes a mistake in a key's value.
func (t harborTable) wrong(key, want string) {
	t.into.mistakes = append(t.into.mistakes,
		fmt.Sprintf("line %d: %s%s: expected %s", t.lines[key], t.name, key, want))
}

// rest refuses keys that nobody has asked for: what they change is not known here.
func (t harborTable) rest() {
	for _, key := range slices.Sorted(maps.Keys(t.values)) {
		if !t.known[key] {
			t.into.lack("the meaning of the key %s%s", t.name, key)
		}
	}
}

func (t harborTable) text(key string) string {
	v := t.get(key)
	s, ok := v.(string)
	if v != nil && !ok {
		t.wrong(key, "a text in quotes")
	}
	return s
}

// number is 0 where there is none.
func (t harborTable) number(key string) float64 {
	v := t.get(key)
	if v == nil {
		return 0
	}
	literal, _ := v.(tomlLiteral)
	n, err := strconv.ParseFloat(strings.ReplaceAll(string(literal), "_", ""), 64)
	if err != nil || n < 0 || math.IsInf(n, 0) || math.IsNaN(n) {
		t.wrong(key, "a number that is not negative")
		return 0
	}
	return n
}

// megabytes reads an amount of memory, in bytes.
func (t harborTable) megabytes(key string) int64 {
	n := t.number(key)
	if n > 1<<40 {
		t.wrong(key, "a number of megabytes")
		return 0
	}
	return int64(n) << 20
}

// duration reads a number of seconds.
func (t harborTable) duration(key string, usual time.Duration) time.Duration {
	n := t.number(key)
	if n == 0 {
		return usual
	}
	if n > 1e9 {
		t.wrong(key, "a number of seconds")
	}
	return time.Duration(n * float64(time.Second))
}

// flag reads a boolean; ok is false where there is none.
func (t harborTable) flag(key string) (value, ok bool) {
	v := t.get(key)
	if v == nil {
		return false, false
	}
	literal, _ := v.(tomlLiteral)
	if literal != "true" && literal != "false" {
		t.wrong(key, "true or false")
	}
	return literal == "true", true
}

func (t harborTable) list(key string) tomlList {
	v := t.get(key)
	list, ok := v.(tomlList)
	if v != nil && !ok {
		t.wrong(key, "a list")
	}
	return list
}

func (t harborTable) sub(key string) harborTable {
	v := t.get(key)
	table, ok := v.(*tomlTable)
	if v != nil && !ok {
		t.wrong(key, "a table")
	}
	return t.into.table(table, t.name+key+".")
}

// subs reads an array of tables.
func (t harborTable) subs(key string) (all []harborTable) {
	for _, v := range t.list(key) {
		table, ok := v.(*tomlTable)
		if !ok {
			t.wrong(key, "a list of tables")
			return nil
		}
		all = append(all, t.into.table(table, t.name+key+"."))
	}
	return all
}

// env reads variables as KEY=value, sorted. Those whose values come from the machine
// that Harbor runs on are not to be had.
func (t harborTable) env(key string) (all []string) {
	table := t.sub(key)
	for _, name := range slices.Sorted(maps.Keys(table.values)) {
		value := table.text(name)
		if strings.Contains(value, "${") {
			table.into.lack("a variable of your machine (%s%s = %q)", table.name, name, value)
			continue
		}
		all = append(all, name+"="+value)
	}
	return all
}
