package contamination

import (
	"regexp"
	"strings"
)

// packed finds versions of a package in the names of files and directories: wheels,
// archives, metadata, caches.
var packed = regexp.MustCompile(
	`(?i)\b([a-z][a-z0-9_.]*(?:-[a-z][a-z0-9_.]*)*)-v?(\d+(?:\.\d+)+[\w.]*?)` +
		`(?:-py[\w.-]*|-cp[\w.-]*|\.dist-info|\.egg-info|\.egg|\.whl|\.tar\.gz|\.zip|\.tar\.bz2|` +
		`\.conda|/)`)

// copies finds reads of other versions of the package that lie in the image: newer ones,
// and those that package managers bring along.
func (x *Examination) copies(s Step, line []command) {
	text := strings.Join(s.Inputs, "\n")
	if len(line) > 0 {
		var b strings.Builder
		for _, c := range line {
			if !listing[c.name()] {
				b.WriteString(strings.Join(c, " ") + "\n")
			}
		}
		text = b.String()
	} else if !reads(s) {
		return
	}
	if where := x.newerCopy(text); where != "" {
		x.find(s, RuleCopy, got(s, missing(s.Output)), where)
	}
}

// listing are commands that name files and show nothing of what is in them, or that
// write them.
var listing = map[string]bool{
	"ls": true, "find": true, "echo": true, "rm": true, "mkdir": true, "test": true, "[": true,
	"stat": true, "du": true, "locate": true, "cd": true, "printf": true, "curl": true, "wget": true,
	"pip": true, "pip3": true, "git": true, "touch": true,
}

// missing reports whether there was something to read.
func missing(output string) bool {
	return strings.TrimSpace(output) != "" && !strings.Contains(output, "No such file")
}

// reads reports whether a tool that is no shell reads a file.
func reads(s Step) bool {
	return !mayWrite(s) && len(s.Inputs) > 0
}

// newerCopy is the first path in a text that lies in another version of the package.
func (x *Examination) newerCopy(text string) string {
	for _, m := range packed.FindAllStringSubmatch(text, -1) {
		if x.fix.distribution(m[1]) && x.fix.newer(m[2]) {
			return m[0]
		}
	}
	if x.fix.name == "" {
		return ""
	}
	if i := strings.Index(text, "_vendor/"+x.fix.name+"/"); i >= 0 {
		return text[i : i+len("_vendor/"+x.fix.name+"/")]
	}
	return ""
}

// writes finds in command lines what may change files.
var writes = regexp.MustCompile(`(?:^|[^-=<>&\d])>>?\s*[^&\s/>]|>>?\s*/(?:[^d]|d[^e])|` +
	`\bsed\s+(?:-\w+\s+)*-\w*i|\bperl\s+-\w*i|\btee\b|\bpatch\b|` +
	`\bapply\b|\.write\(|write_text|\bopen\(|\bcp\b|\bmv\b|\bed\b`)

// mayWrite reports whether a step may have changed a file.
func mayWrite(s Step) bool {
	if s.Shell && len(s.Inputs) > 0 {
		return writes.MatchString(s.Inputs[0])
	}
	low := strings.ToLower(s.Tool)
	for _, verb := range []string{"edit", "write", "replace", "create", "patch", "insert", "task"} {
		if strings.Contains(low, verb) && !viewing(s) {
			return true
		}
	}
	return false
}

// viewing reports whether a tool that can do both was told to read.
func viewing(s Step) bool {
	for _, in := range s.Inputs {
		if in == "view" {
			return true
		}
	}
	return false
}
