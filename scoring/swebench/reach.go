package swebench

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// runnerModules run tests, or are loaded by what does, or by Python itself. So is
// whatever begins with pytest_: plugins.
const runnerModules = " pytest _pytest py pluggy iniconfig exceptiongroup nose nose2 tox " +
	"unittest2 xdist coverage hypothesis mock sitecustomize usercustomize attr attrs packaging " +
	"tomli toml six more_itertools wcwidth atomicwrites importlib_metadata importlib_resources " +
	"zipp pkg_resources setuptools typing_extensions colorama pygments execnet apipkg "

// standardModules are those of Python's library that a runner may load by their top
// names. A file of that name in a directory that is searched first comes instead.
const standardModules = " __future__ _bootlocale _collections_abc _compat_pickle _py_abc " +
	"_pydecimal _sitebuiltins _strptime _weakrefset graphlib ntpath sre_compile sre_constants " +
	"sre_parse tomllib zoneinfo abc argparse ast asyncio atexit base64 bdb binascii bisect builtins " +
	"cmd code codecs collections concurrent configparser contextlib contextvars copy copyreg csv " +
	"ctypes dataclasses datetime decimal difflib dis doctest email encodings enum errno " +
	"faulthandler fnmatch fractions functools gc genericpath getpass gettext glob gzip hashlib " +
	"heapq hmac html http imp importlib inspect io ipaddress itertools json keyword linecache " +
	"locale logging lzma marshal math mimetypes multiprocessing numbers opcode operator optparse " +
	"os pathlib pdb pickle pkgutil platform posixpath pprint profile queue random re reprlib " +
	"runpy secrets select selectors shelve shlex shutil signal site socket sqlite3 ssl stat " +
	"statistics string struct subprocess sys sysconfig tarfile tempfile textwrap threading time " +
	"timeit token tokenize trace traceback types typing unicodedata unittest urllib uuid warnings " +
	"weakref xml zipfile zipimport zlib "

// searched are directories that Python searches for modules before its own, as
// runners start it.
var searched = []string{".", "src", "lib", "test", "tests", "testing"}

// shadows reports whether a file comes instead of a test runner or of what one loads,
// because a patch adds it. Python also loads modules that are compiled.
func shadows(t touch) bool {
	dir, base := path.Split(t.name)
	dir = path.Clean(dir)
	if slices.Contains(strings.Split(dir, "/"), "node_modules") {
		return true
	}
	switch path.Ext(base) {
	case ".py", ".pyc", ".pyd", ".so":
	default:
		return false
	}
	if !t.fresh {
		return false
	}
	module, _, _ := strings.Cut(base, ".")
	if module == "__init__" {
		dir, module = path.Split(dir)
		dir = path.Clean(dir)
	}
	top := " " + module + " "
	return slices.Contains(searched, dir) && (strings.HasPrefix(module, "pytest_") ||
		strings.Contains(runnerModules, top) || strings.Contains(standardModules, top))
}

// reach matches lines by which code under test gets at what tests it: hooks and
// plugins of runners, their classes, what programs load when they start.
var reach = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(strings.Join([]string{
		`\bpytest_(runtest|collect|itemcollected|report|session|configure|unconfigure|pyfunc_call|` +
			`terminal_summary|load_initial|cmdline|plugin)\w*`,
		`\bpytest_plugins\b`, `\bhookimpl\b`, `\bpytest11\b`,
		`^\s*(import|from)\s+(_pytest|pluggy)\b`,
		`^\s*(import|from)\s+(pytest|unittest)\s*($|[,;#.]|as\b|import\s+[^m])`,
		`sys\.modules\[\s*['"](_?pytest|unittest|pluggy)`, `\b(unittest|pytest)(\.\w+)+\s*=[^=]`,
		`setattr\(\s*(unittest|_?pytest)\b`, `\bTestResult\b`, `\badd(Success|Failure|Error)\b`,
		`\bprocess\.(exit|kill)\(`,
		`\bPYTEST_(CURRENT_TEST|PLUGINS|ADDOPTS)\b`,
		`\b(globalThis|global|window)\.(it|test|expect|describe)\s*=`,
		`\bsys\.(stdout|stderr|exit|excepthook|displayhook)\s*=[^=]`,
		`\bos\.Exit\(0\)`, `\bprocess::(exit|abort)\(`, `\bSystem\.exit\(`, `\.halt\(`,
		`\bat_exit\b`, `\bexit!`,
	}, "|"))
})

// veiled matches lines that tests have no need of either, so that a file that is called one
// hides none of them: how a process ends or ends others, what the harness prints and where
// its files lie, and how a program says what it does in a way that nobody reads.
var veiled = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(strings.Join([]string{
		`\bos\.(_exit|abort|kill|killpg|getppid|exec[lv]p?e?|dup2|fork|forkpty|setsid|write)\(`,
		`\bSIGKILL\b`, `\bkill\s+-(9|KILL|s)\b`, `\b(pkill|killall)\b`, `\braise_signal\b`,
		`\bsyscall\.(Exit|Kill|Exec)\(`,
		`>>>>> `, `SWEBENCH_TEST_EXIT_CODE`, `/eval\.sh\b`, `/tmp/patch\.diff`,
		`/proc/(self|\d+|%[ds])/(fd|mem|environ)`, `^\s*print\(\s*f?['"](PASSED|FAILED)\b`,
		`['"` + "`" + `]--- (PASS|FAIL|SKIP):`,
		`\b(BASH_ENV|PYTHONSTARTUP|LD_PRELOAD)\b`, `\b(site|user)customize\b`,
		`\bsite-packages\b`, `\.pth\b`,
		`(^|[^.\w])exec\s*\(`, `\b__import__\s*\(`, `\b(run_path|spec_from_file_location)\b`,
		`\bctypes\b`, `\bmarshal\.loads\b`, `\bgc\.get_(objects|referrers)\b`,
		`\bgetattr\(\s*(os|sys)\s*,`, `\bvars\(\s*(os|sys)\b`, `\b(os|sys)\.__dict__`,
		`\bsys\.(settrace|setprofile|meta_path|path_hooks|_getframe)\b`, `\bbuiltins\.\w+\s*=[^=]`,
		`\batexit\b`,
	}, "|"))
})

// testFile matches the names of tests, which have to do with their runner.
var testFile = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(^|/)(test_[^/]*|[^/]*_test\.\w+|tests\.py|conftest\.py|` +
		`[^/]*\.(test|spec)\.\w+|[^/]*_spec\.rb|[^/]*Tests?\.\w+)$|(^|/)__tests__/|^(src/)?_pytest/`)
})

// reaches reports whether a line that a patch adds to a file gets at what tests it.
func reaches(name, line string) bool {
	switch path.Ext(name) {
	case ".md", ".rst", ".txt", ".json", ".lock", ".po":
		return false
	}
	return veiled().MatchString(line) || reach().MatchString(line) && !testFile().MatchString(name)
}
