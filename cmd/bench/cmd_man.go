package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"bench"
)

func newMan() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "man -o DIR",
		Short: "Write a manual page for each command",
		Long: `Write a manual page for bench and for each command into a directory, which is made
if it is missing: bench.1, bench-run.1 and so on. They say what --help says.`,
		Args: exactly(0, "no argument: name the directory with --output"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return bench.Usagef("--output %s: %w", dir, err)
			}
			root := c.Root()
			for _, page := range append([]*cobra.Command{root}, below(root)...) {
				if page.Hidden {
					continue
				}
				path := filepath.Join(dir, manName(page)+".1")
				err := writeFile(path, func(w io.Writer) error { return writeMan(w, page) })
				if err != nil {
					return err
				}
				fmt.Fprintln(c.OutOrStdout(), path)
			}
			return nil
		},
	}
	c.Flags().StringVarP(&dir, "output", "o", "", "`directory` to write to")
	must(c.MarkFlagRequired("output"))
	return c
}

// manName is what the page of a command is called: bench-db-check.
func manName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// writeMan writes the page of a command in the language of man(7).
func writeMan(w io.Writer, c *cobra.Command) error {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"\" %q\n", roffWord(strings.ToUpper(manName(c))),
		"bench "+versionString())
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(manName(c)), roff(c.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(c.UseLine()))
	fmt.Fprintf(&b, ".SH DESCRIPTION\n.nf\n%s\n.fi\n", roff(longer(c)))
	manFlags(&b, "OPTIONS", c.NonInheritedFlags())
	manFlags(&b, "OPTIONS OF ALL COMMANDS", c.InheritedFlags())
	var others []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && sub.RunE != nil {
			others = append(others, fmt.Sprintf(".TP\n.BR %s (1)\n%s\n", roffWord(manName(sub)),
				roff(sub.Short)))
		}
	}
	if c.HasParent() {
		others = append(others, fmt.Sprintf(".TP\n.BR %s (1)\n%s\n", roffWord(manName(c.Parent())),
			roff(c.Parent().Short)))
	}
	if len(others) > 0 {
		fmt.Fprintf(&b, ".SH SEE ALSO\n%s", strings.Join(others, ""))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// longer is the longer text about a command, if it has one.
func longer(c *cobra.Command) string {
	if c.Long != "" {
		return c.Long
	}
	return c.Short + "."
}

// manFlags writes flags, if there are any.
func manFlags(b *strings.Builder, title string, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(b, ".SH %s\n", title)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		name, usage := pflag.UnquoteUsage(f)
		head := "--" + f.Name
		if f.Shorthand != "" {
			head = "-" + f.Shorthand + ", " + head
		}
		if name != "" {
			head += " " + name
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" && f.DefValue != "[]" {
			usage += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(head), roff(usage))
	})
}

// roff is a text without what troff would take for its own.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}

// roffWord is a text that is one argument of a macro.
func roffWord(text string) string { return `"` + roff(strings.ReplaceAll(text, `"`, "")) + `"` }
