package stats

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// TestAgainstR holds formulas to what R gives; testdata/golden.R made the numbers.
func TestAgainstR(t *testing.T) {
	t.Parallel()
	var golden struct {
		BCa []struct {
			Baseline, Candidate []float64
			Confidence, Ratio   float64
			Plain, Wide         [2]Number
		}
		Fisher []struct {
			Table [4]int
			P     float64
		}
		Holm   struct{ P, Adjusted []float64 }
		Wilson []struct {
			K, N     int
			Interval Interval
		}
		McNemarExact []struct {
			Lost, Gained int
			P            float64
		} `json:"mcnemar_exact"`
	}
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	for _, b := range golden.BCa { // both are drawn, by different generators
		pairs := make([]Pair, len(b.Baseline))
		for i := range pairs {
			pairs[i] = Pair{b.Baseline[i], b.Candidate[i]}
		}
		ratio, i := Resampling{100_000, 3, b.Confidence}.Ratio(pairs)
		near(t, "ratio", ratio, b.Ratio, 1e-8)
		near(t, "lower", i.Lo, b.Wide[0], 0.01)
		near(t, "upper", i.Hi, b.Wide[1], 0.02)
		if i.Lo >= b.Plain[0] || i.Hi <= b.Plain[1] {
			t.Errorf("%v is not wider than %v", i, b.Plain)
		}
	}
	for _, f := range golden.Fisher {
		near(t, "Fisher", Fisher(f.Table[0], f.Table[1], f.Table[2], f.Table[3]), f.P, 1e-9)
	}
	for i, p := range Holm(golden.Holm.P) {
		near(t, "Holm", p, golden.Holm.Adjusted[i], 1e-12)
	}
	for _, w := range golden.Wilson {
		i := Wilson(w.K, w.N, 0.95)
		near(t, "lower", i.Lo, w.Interval.Lo, 1e-9)
		near(t, "upper", i.Hi, w.Interval.Hi, 1e-9)
	}
	for _, m := range golden.McNemarExact {
		p := Paired{OnlyBaseline: m.Lost, OnlyCandidate: m.Gained}
		near(t, "McNemar", p.McNemarExact(), m.P, 1e-9)
	}
	if len(golden.BCa)*len(golden.Fisher)*len(golden.Wilson)*len(golden.McNemarExact) == 0 {
		t.Error("the file is empty")
	}
}

// The R package ratesci prints pairbinci(x = c(1, 1, 7, 12)): −0.528113 … −0.018422.
func TestSkewedPrinted(t *testing.T) {
	t.Parallel()
	i := bentur.Skewed(0.95)
	near(t, "lower", i.Lo, -0.528113, 1e-6)
	near(t, "upper", i.Hi, -0.018422, 1e-6)
	for _, p := range []Paired{{}, {Both: 1}} {
		if p.Skewed(0.95).OK() {
			t.Errorf("%+v has an interval", p)
		}
	}
	if i := (Paired{Both: 20}).Skewed(0.95); !i.OK() || math.Abs(float64(i.Lo+i.Hi)) > 1e-9 {
		t.Errorf("without pairs that differ: %v", i)
	}
}

// Fagerland, Lydersen and Laake (2017), 8, as contingencytables tests it.
func TestNewcombePrinted(t *testing.T) {
	t.Parallel()
	p := Paired{Both: 59, OnlyCandidate: 6, OnlyBaseline: 16, Neither: 80}
	i := p.Newcombe(0.95)
	near(t, "lower", i.Lo, -0.1186, 5e-5)
	near(t, "upper", i.Hi, -0.0046, 5e-5)
	near(t, "exact", p.McNemarExact(), 0.0525, 5e-5)
	if (Paired{}).Newcombe(0.95).OK() || !(Paired{Both: 5}).Newcombe(0.95).OK() {
		t.Error("nothing has an interval, and five that agree have one")
	}
}

// Chaudhary and Stearns (1996): cost 1000 (324.3), effect 0.01 (0.001925),
// correlation −0.71, 498 degrees of freedom.
func TestFiellerPrinted(t *testing.T) {
	t.Parallel()
	i := Fieller(Estimate{1000, 324.3}, Estimate{0.01, 0.001925}, -0.71, 1.964739)
	near(t, "lower", i.Lo, 28_290, 5)
	near(t, "upper", i.Hi, 245_024, 50)
	if Fieller(Estimate{1, 0.1}, Estimate{0.01, 0.02}, 0, 1.96).OK() {
		t.Error("a denominator near 0 has an interval")
	}
}

// psychiatry are the answers of 29 psychiatrists and their patients (M. Eliasziw,
// A. Donner, Statistics in Medicine 10 (1991) 1981): pairs, gained, lost.
var psychiatry = Clusters{
	{7, 0, 4}, {6, 1, 2}, {7, 1, 3}, {6, 1, 2}, {4, 0, 1}, {6, 3, 3}, {5, 3, 0}, {8, 3, 2}, {4, 1, 2},
	{7, 0, 4}, {3, 0, 2}, {6, 1, 4}, {7, 0, 3}, {6, 0, 2}, {5, 0, 1}, {4, 0, 3}, {6, 0, 1}, {5, 0, 2},
	{4, 3, 0}, {3, 1, 0}, {5, 1, 0}, {4, 2, 2}, {4, 0, 1}, {2, 0, 2}, {3, 0, 2}, {2, 0, 0}, {2, 0, 0},
	{3, 0, 1}, {1, 0, 1},
}

// thyroids are the glands of 21 patients, found healthy by PET (baseline) and by
// SPECT (N. A. Obuchowski 1998).
var thyroids = Clusters{
	{3, 2, 0}, {3, 1, 0}, {3, 0, 0}, {1, 0, 0}, {3, 1, 0}, {4, 0, 0}, {3, 0, 0}, {2, 0, 0}, {2, 0, 1},
	{1, 0, 0}, {3, 0, 0}, {2, 0, 0}, {3, 0, 0}, {2, 0, 0}, {2, 2, 0}, {3, 0, 0}, {3, 0, 0}, {3, 1, 0},
	{2, 0, 0}, {1, 0, 0}, {2, 0, 0},
}

// The R package clust.bin.pair prints these.
func TestClusteredMcNemarPrinted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                        string
		clusters                    Clusters
		yang, durkalski, obuchowski float64
	}{
		{"psychiatry", psychiatry, 8.43, 7.54, 7.19}, {"thyroids", thyroids, 3.13, 2.32, 2.86},
	} {
		near(t, test.name+", Yang", test.clusters.Yang(), test.yang, 5e-3)
		near(t, test.name+", Durkalski", test.clusters.Durkalski(), test.durkalski, 5e-3)
		near(t, test.name+", Obuchowski", test.clusters.Obuchowski(), test.obuchowski, 5e-3)
	}
	near(t, "p", ChiSquareP(3.841458820694124), 0.05, 1e-9)
	if ChiSquareP(Clusters{{3, 0, 0}, {2, 0, 0}}.Obuchowski()).OK() {
		t.Error("without pairs that differ there is no test")
	}
}

// With one pair each, the interval of clusters is Student's of the differences, by
// hand: of 1, 0, 0, −1 the mean is 0, the standard error √(2/3/4), and t 3.182.
func TestClustersInterval(t *testing.T) {
	t.Parallel()
	i := Clusters{{1, 1, 0}, {1, 0, 0}, {1, 0, 0}, {1, 0, 1}}.Interval(0.95)
	want := Number(min(1, 3.182446*math.Sqrt(2.0/3/4)))
	near(t, "lower", i.Lo, -want, 1e-6)
	near(t, "upper", i.Hi, want, 1e-6)
	if (Clusters{{5, 1, 0}}).Interval(0.95).OK() {
		t.Error("one cluster has an interval")
	}
}
