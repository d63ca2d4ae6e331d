package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/llm/pricing"
)

func newPrices() *cobra.Command {
	c := &cobra.Command{
		Use:   "prices",
		Short: "List, show and check the prices behind price: auto",
		Args:  exactly(0, "list, show or check"),
		RunE: func(*cobra.Command,
			[]string) error {
			return bench.Usagef("prices: list, show or check?")
		},
	}
	c.AddCommand(newPricesList(), newPricesShow(), newPricesCheck())
	return c
}

func newPricesList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print all prices of the built-in table, in USD per million tokens",
		Args:  exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			rows := [][]string{{"model", "input", "cached", "write", "output", "window", "date", ""}}
			for _, e := range pricing.All(time.Now()) {
				rows = append(rows, []string{
					e.Model, dollarsOf(e.Price.Input), dollarsOf(e.Price.CachedInput),
					dollarsOf(e.Price.CacheWrite), dollarsOf(e.Price.Output),
					cmp.Or(positive(e.ContextWindow), "-"), e.Date, remark(e),
				})
			}
			return columns(c.OutOrStdout(), rows)
		},
	}
}

// remark says what the rates of a line are not all of.
func remark(e pricing.Entry) string {
	var notes []string
	if len(e.Price.Tiers) > 0 {
		notes = append(notes, "dearer above "+strconv.FormatInt(e.Price.Tiers[0].Above, 10))
	}
	if len(e.Price.Hours) > 0 {
		notes = append(notes, "by the hour")
	}
	if e.Until != "" {
		notes = append(notes, "until "+e.Until)
	}
	return strings.Join(notes, ", ")
}

func newPricesShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show MODEL",
		Short: "Print one price of the table with its source",
		Args:  exactly(1, "one model, as it is called on the wire"),
		RunE: func(c *cobra.Command, args []string) error {
			e, ok := pricing.Find(args[0], time.Now())
			if !ok {
				return bench.Usagef("prices: the table does not know the model %q", args[0])
			}
			return showPrice(c.OutOrStdout(), e)
		},
	}
}

func showPrice(w io.Writer, e pricing.Entry) error {
	line := func(label, format string, args ...any) {
		fmt.Fprintf(w, " %-15s %s\n", label, fmt.Sprintf(format, args...))
	}
	fmt.Fprintln(w, e.Price.ID)
	rates := func(label string, r bench.Rates) {
		line(label, "input %s, cached %s, written %s (for an hour %s), output %s", dollarsOf(r.Input),
			dollarsOf(r.CachedInput), dollarsOf(r.CacheWrite), dollarsOf(r.Write1h()), dollarsOf(r.Output))
	}
	rates("USD per million", e.Price.Rates)
	for _, t := range e.Price.Tiers {
		rates(fmt.Sprintf("above %d", t.Above), t.Rates)
	}
	for _, h := range e.Price.Hours {
		label := fmt.Sprintf("%s-%s UTC", h.From, h.To)
		rates(label, h.Rates)
		if h.Weekdays {
			line("", "from Monday to Friday")
		}
	}
	for _, x := range []struct{ label, value string }{
		{"valid from", e.ValidFrom}, {"until", e.Until}, {"window", positive(e.ContextWindow)},
		{"most output", positive(e.MaxOutput)}, {"source", e.Source}, {"dated", e.Date}, {"note", e.Note},
	} {
		if x.value != "" {
			line(x.label, "%s", x.value)
		}
	}
	return nil
}

// positive is a number of tokens, or nothing for 0.
func positive(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// dollarsOf is a rate as people write it.
func dollarsOf(r bench.Rate) string { return strconv.FormatFloat(r.USDPerMillion(), 'f', -1, 64) }

func newPricesCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Compare the table with a file of models.dev or LiteLLM",
		Long: "Compare the built-in table with prices that somebody else keeps: the JSON document of\n" +
			"models.dev (https://models.dev/api.json) or of LiteLLM\n" +
			"(model_prices_and_context_window.json).\n" +
			"Nothing is fetched. The exit status is 1 if a price differs.",
		Args: exactly(1, "one file"),
		RunE: func(c *cobra.Command, args []string) error {
			data, err := os.ReadFile(args[0])
			if err != nil {
				return bench.Usagef("prices: %v", err)
			}
			others, err := pricing.ParseCatalogue(data)
			if err != nil {
				return bench.Usagef("prices: %s: %v", args[0], err)
			}
			return checkPrices(c.OutOrStdout(), others)
		},
	}
}

// checkPrices prints what differs between the table and what others say.
func checkPrices(w io.Writer, others pricing.Catalogue) error {
	compared, differ := 0, 0
	for _, e := range pricing.All(time.Now()) {
		theirs, ok := others.Of(e)
		if !ok {
			continue
		}
		compared++
		for _, d := range pricing.Differences(e.Price.Rates, theirs) {
			differ++
			fmt.Fprintf(w, "%s: %s %s here (%s), %s there\n", e.Model, d.Class, dollarsOf(d.Here), e.Date,
				dollarsOf(d.There))
		}
	}
	fmt.Fprintf(w, "%d models compared\n", compared)
	if differ > 0 {
		return fmt.Errorf("%d prices differ", differ)
	}
	return nil
}

// pricesTaken says which prices price: auto has found, and which are to be
// looked at again.
func pricesTaken(w io.Writer, cfg *config.Config, all bool) error {
	seen := map[string]bool{}
	for _, m := range cfg.UsedModels() {
		id := m.Value.Price.ID
		if !strings.HasPrefix(id, pricing.ID()+"/") || seen[m.Name] {
			continue
		}
		seen[m.Name] = true
		e, ok := pricing.Find(m.Value.Model, time.Now())
		if all {
			fmt.Fprintf(w, "model %s: price %s\n", m.Name, id)
		}
		if ok && e.Expired(time.Now()) {
			fmt.Fprintf(w, "warning: model %s: the price %s was said to hold until %s: "+
				"see bench prices show %s, "+
				"or give the price in the config\n", m.Name, id, e.Until, e.Model)
		}
	}
	return nil
}
