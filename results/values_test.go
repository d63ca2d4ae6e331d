package results

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"bench"
)

// values makes payloads in which every field has a value of its own, and knows
// which field a value is of.
type values struct {
	t       *testing.T
	variant int // 0 to 2: which bit of its number a bool shows
	bools   int // of the struct that is being filled
	numbers map[int64]string
	texts   map[string]string
	bodies  []bench.Body
}

// variants tell seven bools apart.
const variants = 3

func newValues(t *testing.T, variant int) *values {
	return &values{t: t, variant: variant, numbers: map[int64]string{}, texts: map[string]string{}}
}

// number is the number of a field. It depends on the field's name alone, so
// that a new field does not change the values of others.
func (v *values) number(path string) int64 {
	n := int64(1e6 + crc32.ChecksumIEEE([]byte(path))%1e9)
	if other := v.numbers[n]; other != "" && other != path {
		v.t.Fatalf("%s and %s have the same number", path, other)
	}
	v.numbers[n] = path
	return n
}

// time is the time of a field; its milliseconds are the field's number.
func (v *values) time(path string) time.Time { return time.UnixMilli(v.number(path)).UTC() }

// body is the hash of a body whose text is the field's name.
func (v *values) body(path string) bench.BodyHash {
	b := bench.Body(path)
	v.bodies = append(v.bodies, b)
	v.texts[string(b.Hash())] = path
	return b.Hash()
}

// payload fills every field of p. Slices keep their length, or get two items.
func (v *values) payload(p bench.Payload, suffix string) (bench.Payload, []bench.Body) {
	v.bools, v.bodies = 0, nil
	x := reflect.New(reflect.TypeOf(p)).Elem()
	x.Set(reflect.ValueOf(p))
	v.fill(x, string(p.Type())+suffix)
	return x.Interface().(bench.Payload), v.bodies
}

func (v *values) fill(x reflect.Value, path string) {
	switch x.Interface().(type) {
	case time.Time:
		x.Set(reflect.ValueOf(v.time(path)))
		return
	case time.Duration:
		x.SetInt(v.number(path) * int64(time.Millisecond))
		return
	case bench.TimeOfDay:
		x.SetInt(v.number(path) % (24 * 60))
		return
	case bench.BodyHash:
		x.SetString(string(v.body(path)))
		return
	}
	switch x.Kind() {
	case reflect.String:
		x.SetString(path)
	case reflect.Int, reflect.Int64:
		x.SetInt(v.number(path))
	case reflect.Float64:
		x.SetFloat(float64(v.number(path)))
	case reflect.Bool:
		if v.bools++; v.bools == 1<<variants {
			v.t.Fatalf("%s: more variants are needed to tell the bools of its struct apart", path)
		}
		x.SetBool(v.bools>>v.variant&1 == 1)
	case reflect.Pointer:
		x.Set(reflect.New(x.Type().Elem()))
		v.fill(x.Elem(), path)
	case reflect.Slice:
		if x.Len() == 0 {
			x.Set(reflect.MakeSlice(x.Type(), 2, 2))
		}
		for i := range x.Len() {
			v.fill(x.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	case reflect.Struct:
		outer := v.bools
		v.bools = 0
		for i := range x.NumField() {
			v.fill(x.Field(i), path+"."+x.Type().Field(i).Name)
		}
		v.bools = outer
	default:
		v.t.Fatalf("%s: no value of kind %s", path, x.Kind())
	}
	v.remember(x, path)
}

// remember keeps the JSON of what has parts.
func (v *values) remember(x reflect.Value, path string) {
	if x.Kind() != reflect.Struct && x.Kind() != reflect.Slice {
		return
	}
	text, err := json.Marshal(x.Interface())
	if err != nil {
		v.t.Fatal(err)
	}
	v.texts[string(text)] = "JSON of " + path
}

// name says of which field a value is; of others it is the value itself.
func (v *values) name(value any) string {
	switch x := value.(type) {
	case nil:
		return "NULL"
	case int64:
		return v.numberName(x)
	case float64:
		return v.floatName(x)
	case []byte:
		return v.name(string(x))
	case string:
		if path := v.texts[x]; path != "" {
			return path
		}
		return x
	}
	return fmt.Sprint(value)
}

func (v *values) numberName(n int64) string {
	if path := v.numbers[n]; path != "" {
		return path
	}
	return strconv.FormatInt(n, 10)
}

// floatName knows numbers, dollars of nano-dollars, and dollars of a rate.
func (v *values) floatName(f float64) string {
	for _, unit := range []float64{1, 1e6, 1e9} {
		n := math.Round(f * unit)
		if path := v.numbers[int64(n)]; path != "" && math.Abs(f*unit-n) < 1e-3 {
			if unit == 1 {
				return path
			}
			return fmt.Sprintf("%s / %.0e", path, unit)
		}
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// lines has a line for every part of what was read.
func (v *values) lines(x reflect.Value, path string) []string {
	switch y := x.Interface().(type) {
	case time.Time:
		if y.IsZero() {
			return []string{path + " = none"}
		}
		return []string{path + " = " + v.name(y.UnixMilli())}
	case time.Duration:
		return []string{path + " = " + v.name(millis(y))}
	}
	switch x.Kind() {
	case reflect.Pointer:
		if x.IsNil() {
			return []string{path + " = none"}
		}
		return v.lines(x.Elem(), path)
	case reflect.Struct, reflect.Slice, reflect.Map:
		return v.parts(x, path)
	case reflect.Int, reflect.Int64:
		return []string{path + " = " + v.name(x.Int())}
	case reflect.String:
		return []string{path + " = " + v.name(x.String())}
	}
	return []string{path + " = " + v.name(x.Interface())}
}

// parts has the lines of the parts of x; one if x was filled as a whole.
func (v *values) parts(x reflect.Value, path string) (all []string) {
	text, err := json.Marshal(x.Interface())
	if err != nil {
		v.t.Fatal(err)
	}
	if name := v.texts[string(text)]; name != "" {
		return []string{path + " = " + name}
	}
	switch x.Kind() {
	case reflect.Struct:
		for i := range x.NumField() {
			if f := x.Type().Field(i); f.IsExported() {
				all = append(all, v.lines(x.Field(i), path+"."+f.Name)...)
			}
		}
	case reflect.Map:
		for _, key := range sortedKeys(x) {
			all = append(all, v.lines(x.MapIndex(key), fmt.Sprintf("%s[%s]", path, key))...)
		}
	default:
		for i := range x.Len() {
			all = append(all, v.lines(x.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
		}
	}
	return all
}

func sortedKeys(m reflect.Value) []reflect.Value {
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
	return keys
}
