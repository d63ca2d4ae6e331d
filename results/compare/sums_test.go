package compare

import (
	"math/rand/v2"
	"reflect"
	"testing"
)

// filled sets every number of a value, the same for the same seed, with one entry
// in each map.
func filled(v reflect.Value, rng *rand.Rand) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			filled(v.Field(i), rng)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		elem := reflect.New(v.Type().Elem()).Elem()
		filled(elem, rng)
		v.SetMapIndex(reflect.ValueOf("x").Convert(v.Type().Key()), elem)
	case reflect.Int, reflect.Int64:
		v.SetInt(1 + rng.Int64N(1000))
	case reflect.Float64:
		v.SetFloat(float64(1 + rng.Int64N(1000)))
	case reflect.String:
		v.SetString("name")
	default:
		panic(v.Type().String())
	}
}

// Adding up is part by part: nothing of either side is lost, maxima aside, and the
// sums of trials are not changed by what is added to those of their column.
func TestSumsAddUp(t *testing.T) {
	t.Parallel()
	var a, b sums
	filled(reflect.ValueOf(&a).Elem(), rand.New(rand.NewPCG(1, 1)))
	filled(reflect.ValueOf(&b).Elem(), rand.New(rand.NewPCG(2, 2)))
	var first, once, twice sums
	filled(reflect.ValueOf(&first).Elem(), rand.New(rand.NewPCG(1, 1)))
	once.add(a)
	if !reflect.DeepEqual(once, a) {
		t.Errorf("nothing and a:\n%+v, want\n%+v", once, a)
	}
	once.add(b)
	twice.add(b)
	twice.add(a)
	if !reflect.DeepEqual(once, twice) {
		t.Errorf("a and b:\n%+v\nb and a:\n%+v", once, twice)
	}
	if !reflect.DeepEqual(a, first) {
		t.Error("the sums of a trial have changed")
	}
	want := a.Spending.All.Cost + b.Spending.All.Cost
	if got := once.Spending.All.Cost; got != want {
		t.Errorf("cost %d, want %d", got, want)
	}
	if got, want := once.Faults["x"], a.Faults["x"]+b.Faults["x"]; got != want {
		t.Errorf("faults %d, want %d", got, want)
	}
	wire := once.Roles["x"]["x"]
	if want := a.Roles["x"]["x"].Calls + b.Roles["x"]["x"].Calls; wire.Calls != want || wire.Wire != "name" {
		t.Errorf("role %+v, want %d calls", wire, want)
	}
	peaks := []int{a.Teamwork.Times.Peak, b.Teamwork.Times.Peak}
	if got := once.Teamwork.Times.Peak; got != max(peaks[0], peaks[1]) {
		t.Errorf("peak %d of %v", got, peaks)
	}
}
