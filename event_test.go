package bench_test

import (
	"context"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"bench"
)

// logged is the name of a payload type in the log. A budget notice is called as
// its table is.
func logged(name string) string {
	if name == "BudgetNotice" {
		return "budget"
	}
	return snake(name)
}

// TestPayloads: every type that is declared a payload is listed once, has a
// name of its own, and the name follows from the type's.
func TestPayloads(t *testing.T) {
	t.Parallel()
	listed := map[string]bench.EventType{}
	types := map[bench.EventType]bool{}
	for _, p := range bench.Payloads {
		name := reflect.TypeOf(p).Name()
		if types[p.Type()] {
			t.Errorf("%s is listed twice", p.Type())
		}
		types[p.Type()], listed[name] = true, p.Type()
		if want := logged(name); string(p.Type()) != want {
			t.Errorf("%s is called %s, want %s", name, p.Type(), want)
		}
	}
	file, err := parser.ParseFile(token.NewFileSet(), "event_type.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.Name == "Type" {
			if name := fn.Recv.List[0].Type.(*ast.Ident).Name; listed[name] == "" {
				t.Errorf("%s is missing in Payloads", name)
			}
		}
	}
}

// snake turns LLMCall into llm_call.
func snake(name string) string {
	var b strings.Builder
	r := []rune(name)
	for i, c := range r {
		if i > 0 && unicode.IsUpper(c) &&
			(unicode.IsLower(r[i-1]) || i+1 < len(r) && unicode.IsLower(r[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// TestPayloadsSurviveJSON: what is written to the log reads back the same.
func TestPayloadsSurviveJSON(t *testing.T) {
	t.Parallel()
	for _, p := range bench.Payloads {
		want := reflect.New(reflect.TypeOf(p))
		fill(t, want.Elem(), 1)
		b, err := json.Marshal(want.Interface())
		if err != nil {
			t.Fatalf("%s: %v", p.Type(), err)
		}
		got := reflect.New(reflect.TypeOf(p))
		if err := json.Unmarshal(b, got.Interface()); err != nil {
			t.Fatalf("%s: %v\n%s", p.Type(), err, b)
		}
		if !reflect.DeepEqual(got.Interface(), want.Interface()) {
			t.Errorf("%s:\n%+v\nbecame\n%+v\nby way of\n%s", p.Type(), want, got, b)
		}
	}
}

// fill gives every field a value of its own that is not zero.
func fill(t *testing.T, v reflect.Value, n int) {
	t.Helper()
	switch v.Type() {
	case reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Unix(int64(n), int64(n)).UTC()))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(strings.Repeat("é\n", n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(n))
	case reflect.Float64:
		v.SetFloat(float64(n) / 4)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(t, v.Index(i), n+i)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), n+i)
		}
	default:
		t.Fatalf("fill does not know %s", v.Type())
	}
}

func TestBodyHash(t *testing.T) {
	t.Parallel()
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-2, B.1
	for body, want := range map[string]bench.BodyHash{"": "", "abc": abc} {
		if got := bench.Body(body).Hash(); got != want {
			t.Errorf("%q: %s, want %s", body, got, want)
		}
	}
}

func TestRecorder(t *testing.T) {
	t.Parallel()
	var got []bench.Event
	broken := errors.New("disk full")
	fail := false
	write := func(ctx context.Context, e bench.Event) error {
		if fail {
			return broken
		}
		got = append(got, e)
		return ctx.Err()
	}
	base := bench.NewRecorder("r1", write, func() time.Time { return t0 })
	trial := base.ForTrial(key)
	agent := trial.For("main")
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // what happened is recorded even then
	for _, r := range []bench.Recorder{base, trial, agent} {
		if err := r.Record(ctx, bench.Notice{Code: "c"}, bench.Body("b")); err != nil {
			t.Fatal(err)
		}
	}
	want := []bench.Event{{}, {Trial: key}, {Trial: key, Agent: "main"}}
	for i := range want {
		want[i].RunID, want[i].Time = "r1", t0
		want[i].Payload, want[i].Bodies = bench.Notice{Code: "c"}, []bench.Body{bench.Body("b")}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("recorded\n%+v\nwant\n%+v", got, want)
	}
	if agent.Agent() != "main" || agent.Trial() != key || !agent.Now().Equal(t0) || trial.Agent() != "" {
		t.Error("the recorder forgot whose it is")
	}
	fail = true
	if err := agent.Record(t.Context(), bench.Notice{}); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if now := bench.NewRecorder("r", write, nil).Now(); time.Since(now) > time.Hour {
		t.Errorf("default clock says %v", now)
	}
}
