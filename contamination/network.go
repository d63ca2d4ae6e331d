package contamination

import (
	"regexp"
	"slices"
	"strings"

	"bench"
)

// upstream finds addresses of repositories at GitHub and at those who serve its files.
var upstream = regexp.MustCompile(`(?i)(?:github\.com[/:]|raw\.githubusercontent\.com/|` +
	`codeload\.github\.com/|api\.github\.com/repos/|patch-diff\.githubusercontent\.com/raw/|` +
	`gitlab\.com/|cdn\.jsdelivr\.net/gh/)([\w.-]+)/([\w.-]+)`)

// address is the first address in a text that is of the task's repository or a fork.
func (f *Fix) address(text string) string {
	for _, m := range upstream.FindAllStringSubmatch(text, -1) {
		if f.repository(m[2]) {
			return m[0]
		}
	}
	return ""
}

// fetched finds calls in source code that fetch an address.
var fetched = regexp.MustCompile(`(?i)(?:urlopen|urlretrieve|requests\.get|httpx\.get|` +
	`session\.get|fetch|wget\.download|Request)\s*\(\s*[rfub]*["'](https?://[^"'\s]+)`)

// webTools are tools of programs that read addresses.
var webTools = regexp.MustCompile(
	`(?i)^(web_?fetch|fetch|browse|browser.*|http_get|read_url|url.*)$`)

// network finds what goes to the task's repository over the network.
func (x *Examination) network(s Step, line []command, decides []bool) {
	for i, c := range line {
		if !x.fetches(c) {
			continue
		}
		if !silent(c) {
			x.find(s, RuleNetwork, got(s, brought(s, c)), lineOf(c))
			continue
		}
		// Its success is known if the whole line has ended well because of it.
		well := decides[i] && s.Failed != nil && !*s.Failed
		x.find(s, RuleNetwork, got(s, well), lineOf(c))
		if !well {
			x.pending = append(x.pending, pending{len(x.found) - 1, file(c)})
			x.shown(s, line[i+1:])
		}
	}
	if webTools.MatchString(s.Tool) {
		if a := x.fix.address(strings.Join(s.Inputs, " ")); a != "" {
			x.find(s, RuleNetwork, got(s, s.Output != ""), a)
		}
	}
	if len(line) == 0 || !slices.ContainsFunc(line, interprets) {
		return
	}
	for _, m := range fetched.FindAllStringSubmatch(s.Inputs[0], -1) {
		if x.fix.address(m[1]) != "" {
			x.find(s, RuleNetwork, got(s, strings.TrimSpace(s.Output) != ""), m[0])
		}
	}
}

func interprets(c command) bool {
	n := c.name()
	return strings.HasPrefix(n, "python") || n == "node" || n == "ruby" || n == "perl"
}

// fetches reports whether a command reads the task's repository over the network.
func (x *Examination) fetches(c command) bool {
	args := strings.Join(c[min(1, len(c)):], " ")
	switch c.name() {
	case "curl", "wget", "aria2c", "http", "lynx", "w3m":
		return x.fix.address(args) != "" || x.fix.published(args)
	case "git":
		return x.pulls(c, args)
	case "gh":
		return x.hub(c)
	case "pip", "pip3", "uv", "go", "npm", "cargo":
		return strings.Contains(args, "git+") && x.fix.address(args) != ""
	}
	return false
}

// pulls reports whether git goes for the task's repository: by its address, or by a
// remote, which the repository of a task cannot have for anything else.
func (x *Examination) pulls(c command, args string) bool {
	sub, rest := gitVerb(c)
	switch sub {
	case "clone", "ls-remote", "remote", "submodule":
		return x.fix.address(args) != ""
	case "fetch", "pull":
		words := command(append([]string{sub}, rest...)).operands()
		return x.fix.address(args) != "" || len(words) == 0 || words[0] == "origin" ||
			words[0] == "upstream" || slices.Contains(rest, "--all")
	}
	return false
}

// hub reports whether GitHub's program is asked about code of the task's repository,
// which is the one it would ask about by itself.
func (x *Examination) hub(c command) bool {
	if len(c) < 2 || !slices.Contains([]string{"pr", "repo", "api", "search", "browse", "issue",
		"release"}, c[1]) {
		return false
	}
	for i, w := range c {
		if (w == "-R" || w == "--repo") && i+1 < len(c) {
			return x.fix.repository(c[i+1])
		}
	}
	return true
}

// published reports whether a text has an address of the package at a registry.
func (f *Fix) published(text string) bool {
	for _, m := range registries.FindAllStringSubmatch(text, -1) {
		if f.distribution(m[1]) {
			return true
		}
	}
	return false
}

var registries = regexp.MustCompile(`(?i)(?:pypi\.org/(?:project|pypi|simple)/|` +
	`files\.pythonhosted\.org/\S*/|registry\.npmjs\.org/|rubygems\.org/gems/|crates\.io/crates/|` +
	`proxy\.golang\.org/\S*/)([A-Za-z0-9_.]+(?:-[A-Za-z_][A-Za-z0-9_.]*)*)`)

// brought reports whether a fetch may have brought something: programs that print what
// they fetch have printed something, and of the others it is believed.
func brought(s Step, c command) bool {
	switch c.name() {
	case "curl", "wget":
		return file(c) != "" || strings.TrimSpace(s.Output) != ""
	case "git":
		switch sub, _ := gitVerb(c); sub {
		case "remote":
			return false
		case "fetch", "pull":
			return fetchedRefs.MatchString(s.Output)
		}
		return true
	}
	return strings.TrimSpace(s.Output) != ""
}

// fetchedRefs finds what git says when it has fetched something. It is silent where there
// is no remote, or nothing new.
var fetchedRefs = regexp.MustCompile(`(?m)^(?:From \S|Updating [0-9a-f]+\.\.)`)

// gitVerb is what git is told to do, and the words after that.
func gitVerb(c command) (verb string, rest []string) {
	for i := 1; i < len(c); i++ {
		switch w := c[i]; {
		case w == "-C" || w == "-c" || w == "--git-dir" || w == "--work-tree":
			i++
		case !strings.HasPrefix(w, "-"):
			return w, c[i+1:]
		}
	}
	return "", nil
}

// managers are programs that install packages, by the words that make them do so.
var managers = map[string][]string{
	"pip": {"install", "download", "wheel"}, "pip3": {"install", "download", "wheel"},
	"conda": {"install", "create"}, "mamba": {"install", "create"}, "micromamba": {"install"},
	"easy_install": nil, "npm": {"install", "i", "pack", "view"}, "yarn": {"add"}, "pnpm": {"add"},
	"gem": {"install", "fetch"}, "cargo": {"install", "add"}, "uv": {"install", "add"},
	"go": {"get", "install", "download"}, "composer": {"require"}, "apt-get": {"install", "source"},
}

// packages finds installations and downloads of the package itself.
func (x *Examination) packages(s Step, line []command) {
	for _, c := range line {
		if i := slices.Index(c, "-m"); i > 0 && i+1 < len(c) && strings.HasPrefix(c.name(), "python") {
			c = c[i+1:]
		}
		words, ok := managers[c.name()]
		if !ok || words != nil && !c.has(words...) {
			continue
		}
		if x.asked(c) != "" && !x.satisfied(s.Output) {
			x.find(s, RulePackage, x.installed(s, c), lineOf(c))
		}
	}
}

// satisfied reports whether a package manager says that the package is there already:
// the work tree itself, as a rule.
func (x *Examination) satisfied(output string) bool {
	for _, m := range there.FindAllStringSubmatch(output, -1) {
		if x.fix.distribution(m[1]) {
			return true
		}
	}
	return false
}

var there = regexp.MustCompile(`already satisfied: ([A-Za-z0-9_.-]+)`)

// installed tells whether a package was fetched. A quiet package manager does not say
// whether the package was there already.
func (x *Examination) installed(s Step, c command) bench.Severity {
	for _, m := range fetchedPackage.FindAllStringSubmatch(s.Output, -1) {
		for _, name := range strings.Fields(m[1]) {
			if name = versioned.ReplaceAllString(name, ""); x.fix.distribution(name) {
				return got(s, true)
			}
		}
	}
	if c.name() != "pip" && c.name() != "pip3" && c.name() != "uv" {
		return got(s, strings.TrimSpace(s.Output) != "")
	}
	return bench.Tried
}

var (
	// fetchedPackage finds what pip says of packages that it has fetched.
	fetchedPackage = regexp.MustCompile(
		`(?m)(?:Successfully installed|Downloading|Collecting|Saved|Using cached)\s+(.*)$`)
	versioned = regexp.MustCompile(`(?:^\S*/|[-=<>!~]+\d.*$)`)
)

// requirement takes a version and extras off what is asked for.
var requirement = regexp.MustCompile(`^([A-Za-z0-9_.-]+?)(?:\[[^\]]*\])?(?:[=<>!~@].*)?$`)

// asked is the argument of a package manager that names the package of the task.
func (x *Examination) asked(c command) string {
	for i, w := range c.operands() {
		if i == 0 && c.name() != "easy_install" || strings.HasPrefix(w, ".") ||
			strings.HasPrefix(w, "/") {
			continue
		}
		if m := requirement.FindStringSubmatch(w); m != nil && x.fix.distribution(m[1]) {
			return w
		}
		if c.name() == "go" && x.fix.address(w) != "" {
			return w
		}
	}
	return ""
}
