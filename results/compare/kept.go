package compare

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"reflect"

	"bench"
	"bench/results"
)

// formula is the version of what sumsOf computes. It goes up with every change of it
// that may change a number, so that sums which were kept before are not used; a test
// holds that.
const formula = 5

// Source is where runs come from, such as a results.Store.
type Source interface {
	Summed(
		ctx context.Context, run string, by results.Summing,
	) (results.Facts, map[int64][]byte, error)
}

// sources are facts in memory as a source, by run: nothing is kept.
type sources map[string]results.Facts

// Summed implements Source.
func (s sources) Summed(
	_ context.Context, run string, by results.Summing,
) (results.Facts, map[int64][]byte, error) {
	return s[run], by.Of(s[run]), nil
}

// digest is a run as a comparison needs it: the facts of its trials, and the sums of
// the work on each.
type digest struct {
	results.Facts
	sums map[int64]sums
}

// digestOf is that of facts that are at hand.
func digestOf(f results.Facts) digest {
	d := digest{f, make(map[int64]sums, len(f.Trials))}
	for _, w := range assemble(f, Options{}) {
		d.sums[w.ID] = sumsOf(w)
	}
	return d
}

// digested reads a run. At other prices than those of the run, all work is summed up
// again, and nothing of it kept.
func digested(
	ctx context.Context, source Source, run string, o Options, at *repricer,
) (digest, error) {
	trials := map[int64]results.Trial{}
	of := func(f results.Facts) map[int64][]byte {
		if at != nil {
			f = at.facts(f)
		}
		out := make(map[int64][]byte, len(f.Trials))
		for _, w := range assemble(f, o) {
			trials[w.ID] = w.Trial.Trial
			out[w.ID] = pack(nil, reflect.ValueOf(sumsOf(w)))
		}
		return out
	}
	basis := basisOf
	if at != nil || o.SidekickPrice.ID != "" {
		basis = func(results.Facts) string { return "" }
	}
	f, packed, err := source.Summed(ctx, run, results.Summing{Basis: basis, Of: of})
	if err != nil {
		return digest{}, err
	}
	if at != nil {
		f = at.head(f, trials)
	}
	return unpacked(f, packed)
}

// unpacked is a run with the sums that it was read with.
func unpacked(f results.Facts, packed map[int64][]byte) (digest, error) {
	d := digest{f, make(map[int64]sums, len(packed))}
	for id, b := range packed {
		var s sums
		rest, err := unpack(b, reflect.ValueOf(&s).Elem())
		if err != nil || len(rest) > 0 {
			return digest{}, fmt.Errorf("trial %d of run %s: %w", id, f.Run.ID, errPacked)
		}
		d.sums[id] = s
	}
	return d, nil
}

// basisOf names what sums follow from besides events: what is computed and in which
// form it is kept, and the prices.
func basisOf(f results.Facts) string {
	mains := map[string]bench.Price{}
	for _, c := range f.Configurations {
		mains[c.Name] = c.Main.Price
	}
	settled, err := json.Marshal([]any{
		formula, CacheTTL, layout(reflect.TypeFor[sums]()), f.Prices, mains,
	})
	if err != nil {
		panic(err) // of numbers and texts alone
	}
	return fmt.Sprintf("%x", sha256.Sum256(settled))
}
