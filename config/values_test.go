package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bench"
	"bench/config"
)

func TestDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"45m": "45m", "90s": "1m30s", "1h0m0s": "1h", "1h30m": "1h30m", "1.5h": "1h30m",
		"250ms": "250ms", "10m0s": "10m", "20h": "20h",
		"45": "", "0s": "", "-1m": "", "": "", "1d": "", "5 m": "", "45 minutes": "",
	} {
		var d config.Duration
		if err := d.DecodeScalar(text); err != nil {
			if want != "" {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		if got := d.String(); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
		if back, err := time.ParseDuration(d.String()); err != nil || back != time.Duration(d) {
			t.Errorf("%q does not read back: %v %v", d, back, err)
		}
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"4GiB": 4 << 30, "512MiB": 512 << 20, "1.5KiB": 1536, "2GB": 2e9, "7B": 7, "1 TiB": 1 << 40,
		"4": 0, "4g": 0, "0GiB": 0, "-1GiB": 0, "1e3B": 0, "": 0, "99999999999TiB": 0,
	} {
		var s config.Size
		err := s.DecodeScalar(text)
		if (err != nil) != (want == 0) || int64(s) != want {
			t.Errorf("%q is %d (%v), want %d", text, s, err, want)
		}
		var back config.Size
		if want != 0 && (back.DecodeScalar(s.String()) != nil || back != s) {
			t.Errorf("%q prints as %q, which reads as %d", text, s, back)
		}
	}
}

// TestSecret: no way of printing shows it.
func TestSecret(t *testing.T) {
	t.Parallel()
	const text = "hunter2"
	hidden := config.NewSecret(text)
	v := struct {
		S          config.Secret
		M          map[config.Secret]config.Secret
		unexported config.Secret
	}{hidden, map[config.Secret]config.Secret{hidden: hidden}, hidden}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	model := load(t, "full.yaml").UsedModels()[0]
	for _, shown := range []string{
		fmt.Sprint(v), fmt.Sprintf("%+v %#v %s %q %x", v, v, v.S, v.S, v.S), string(b),
		fmt.Sprintf("%v %+v %#v", model, model, model),
	} {
		for _, secret := range []string{text, "sk-secret-value", "pass@", fmt.Sprintf("%x", text)} {
			if strings.Contains(shown, secret) {
				t.Errorf("%q shows %q", shown, secret)
			}
		}
	}
	if hidden.Reveal() != text || config.NewSecret("").String() != "" {
		t.Error("a secret does not reveal itself, or pretends to be there")
	}
}

// TestDollars: what expansion makes of dollar signs survives storing.
func TestDollars(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"plain", "plain"},
		{"$", "$"},
		{"a$b", "a$b"},
		{"^x$", "^x$"},
		{"$$", "$"},
		{"$${NAME}", "${NAME}"},
		{"$$$${NAME}", "$${NAME}"},
		{"$$$", "$$"},
		{"${NAME}", "n"},
		{"${NAME}${NAME}", "nn"},
		{"${EMPTY}x", "x"},
		{"${EMPTY:-d}", "d"},
		{"${UNSET:-d}", "d"},
		{"${UNSET:-}x", "x"},
		{"${UNSET:-a:-b}", "a:-b"},
		{"${UNSET:-${NAME}!}", "n!"},
		{"${UNSET:-${UNSET:-${NAME}}}", "n"},
		{"${NAME:-${UNSET}}", "n"},
		{"${UNSET:-$${x}}", "${x}"},
	} {
		got := load(t, "minimal.yaml", "name="+strconv.Quote(c.text+"_"))
		if got.Name != c.want+"_" && c.text != "${UNSET:-$${x}}" {
			t.Errorf("%s expands to %q, want %q", c.text, got.Name, c.want+"_")
		}
		again, err := config.Parse("testdata/good/minimal.yaml", got.Resolved(), options(env()))
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		if again.Name != got.Name {
			t.Errorf("%s is %q, and %q after storing", c.text, got.Name, again.Name)
		}
	}
}

// TestAssign: flags that stand for keys pass any text through.
func TestAssign(t *testing.T) {
	t.Parallel()
	assigned := func(flags ...config.Assignment) (*config.Config, error) {
		o := options(env())
		o.Flags = flags
		return config.Load("testdata/good/minimal.yaml", o)
	}
	for _, text := range []string{
		"x", "[a", "*b", "a: b", `"q"`, "it's", "7", "true", "~", "# c", "é\n\t",
	} {
		c, err := assigned(config.Assign("--name", "name", text),
			config.Assign("-i", "dataset.ids", []string{text, "a,b"}),
			config.Assign("-w", "workers.agents", 3),
			config.Assign("--shuffle", "dataset.shuffle", true))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if c.Name != text || !slices.Equal(c.Dataset.IDs, []string{text, "a,b"}) ||
			c.Workers.Agents != 3 || !c.Dataset.Shuffle {
			t.Errorf("Assign(%q) sets %q and %+v", text, c.Name, c.Dataset)
		}
	}
	// A mistake is reported where the user made it.
	_, err := assigned(config.Assign("--slice", "dataset.slice", "1'2"),
		config.Assign("--workers", "workers.agents", 0))
	want := `--slice 1'2: dataset.slice: expected text like ":50", found the text "1'2"
     | --slice 1'2
     |         ^~~

--workers 0: workers.agents: expected a whole number of at least 1, found the number 0
     | --workers 0
     |           ^`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// TestPriceIDs: the same numbers have the same id, other numbers another one.
func TestPriceIDs(t *testing.T) {
	t.Parallel()
	id := func(price string) string {
		c := load(t, "minimal.yaml", "models.big.price="+price)
		return c.BenchConfigurations()[0].Main.Price.ID
	}
	same := id("{input: 1, output: 2}")
	if got := id("{output: 2.0, input: 1, cached_input: 1}"); got != same {
		t.Errorf("the same price has the ids %q and %q", same, got)
	}
	for _, other := range []string{
		"{input: 1, output: 3}", "{input: 1, output: 2, cache_write: 1.25}",
		"{input: 1, output: 2, tiers: [{above: 9, input: 2, output: 4}]}",
	} {
		if id(other) == same {
			t.Errorf("%s has the id of another price, %q", other, same)
		}
	}
	auto := load(t, "minimal.yaml").BenchConfigurations()[0].Main.Price
	if auto.ID != "table:acme/big" || len(auto.Tiers) != 1 ||
		auto.Tiers[0].Output != bench.PerMillion(112.5) {
		t.Errorf("auto is %+v", auto)
	}
}

// TestMissingFile: even that is an Errors.
func TestMissingFile(t *testing.T) {
	t.Parallel()
	_, err := config.Load("testdata/none.yaml", options(nil))
	const want = "read configuration: open testdata/none.yaml: no such file or directory"
	var all config.Errors
	if !errors.As(err, &all) || err.Error() != want {
		t.Errorf("error %v (%T), want %q", err, err, want)
	}
}

func TestMirror(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"mirror.example.com/hub/{image}":             true,
		"mirror.example.com/{image}":                 true,
		"localhost:5000/{registry}/{image}":          true,
		"localhost/{image}":                          true,
		"10.0.0.1:5000/a/b-c/{image}":                true,
		"hub/{image}":                                false, // is a name at Docker Hub
		"mirror.example.com/hub":                     false,
		"mirror.example.com/{image}:latest":          false,
		"mirror.example.com/{image}/{image}":         false,
		"mirror.example.com/{name}/{image}":          false,
		"https://mirror.example.com/{image}":         false,
		"user:password@mirror.example.com/{image}":   false,
		"mirror.example.com/Hub/{image}":             false,
		"{registry}.mirror.example.com/hub/{image}":  false,
		"mirror.example.com/hub-{registry}/{image}":  false,
		"mirror.example.com/hub/{image}\nand-others": false,
	} {
		var m config.Mirror
		if err := m.DecodeScalar(text); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}
