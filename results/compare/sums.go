package compare

import (
	"fmt"
	"reflect"
	"time"

	"bench"
)

// sums is what a comparison needs of the work on a trial, as numbers that can be
// added up: those of a configuration are those of its trials. Fields are exported
// so that they can be stored.
type sums struct {
	Roles       map[bench.Role]map[string]roleSums // by the config name of the model
	Models      map[string]modelSums               // by config name
	Served      map[string]map[string]int          // calls by the model asked for and who answered
	Spending    spending
	Caching     caching
	Routing     routing
	Teamwork    teamwork
	Critical    critical
	Escalations escalations
	Reports     reports
	Stated      stated
	Duplication duplication
	Reread      reread
	Edits       edits
	Patches     patches
	Overhead    overhead
	Told        told
	Turns       turns
	Faults      map[bench.FaultKind]int // what sidekicks sharing files did wrong
	NoUsage     int                     // trials whose program reported no model calls
	BadUsage    int                     // reports that are not counted
}

// roleSums are what the agents of one role with one model did.
type roleSums struct {
	Wire                     string // name at the provider
	Agents, Calls, ToolCalls int
	Usage                    bench.Usage
	Cost, Unreported         bench.USD
	Time, Waited             time.Duration
}

// modelSums are what the calls of one model say of its provider's cache.
type modelSums struct {
	Calls   int
	Unclear int       // whose answers leave open what cached tokens are a part of
	More    bench.USD // that these cost if they are not a part of the input
	Again   again
}

// sumsOf sums up the work on a trial.
func sumsOf(w *work) sums {
	s := sums{
		Roles: w.roles(), Models: w.models(), Served: served(w.Calls), Spending: w.spending(),
		Caching: w.caching(), Routing: w.routing(), Teamwork: w.teamwork(), Critical: w.critical(),
		Escalations: w.escalations(), Reports: w.reports(), Stated: w.stated(),
		Duplication: w.duplication(),
		Reread:      w.reread(), Edits: w.edits(), Patches: w.patches(),
		Overhead: w.overhead(), Told: w.told(), Turns: w.turns(), Faults: map[bench.FaultKind]int{},
	}
	for _, f := range w.faults {
		s.Faults[f.Kind]++
	}
	for _, code := range w.notices {
		switch code {
		case bench.NoticeNoUsage:
			s.NoUsage = 1
		case bench.NoticeBadUsage:
			s.BadUsage++
		}
	}
	return s
}

// add adds the sums of more trials.
func (s *sums) add(more sums) { plus(reflect.ValueOf(s).Elem(), reflect.ValueOf(more)) }

// plus adds b to a, part by part. Numbers are added, but for those tagged
// `sum:"max"`, of which the larger stays; of names the first stays.
func plus(a, b reflect.Value) {
	switch a.Kind() {
	case reflect.Struct:
		for i := range a.NumField() {
			if a.Type().Field(i).Tag.Get("sum") == "max" {
				a.Field(i).SetInt(max(a.Field(i).Int(), b.Field(i).Int()))
				continue
			}
			plus(a.Field(i), b.Field(i))
		}
	case reflect.Map:
		if a.IsNil() {
			a.Set(reflect.MakeMap(a.Type()))
		}
		for part := b.MapRange(); part.Next(); {
			sum := reflect.New(a.Type().Elem()).Elem()
			if before := a.MapIndex(part.Key()); before.IsValid() {
				sum.Set(before)
			}
			plus(sum, part.Value())
			a.SetMapIndex(part.Key(), sum)
		}
	case reflect.Int, reflect.Int64:
		a.SetInt(a.Int() + b.Int())
	case reflect.Float64:
		a.SetFloat(a.Float() + b.Float())
	case reflect.String:
		if a.String() == "" {
			a.SetString(b.String())
		}
	default:
		panic(fmt.Sprintf("a %s cannot be added up", a.Type()))
	}
}
