package tools

import "regexp"

// loginFiles are read first: in those of the user, images activate what their
// tests need. Those of the system forget the PATH that an image has set.
const loginFiles = `if [ -n "$BASH_VERSION" ] && [ -r ~/.bash_profile ]; then . ~/.bash_profile
elif [ -r ~/.profile ]; then . ~/.profile
elif [ -n "$BASH_VERSION" ] && [ -r ~/.bashrc ]; then . ~/.bashrc; fi
`

// runner is a function that runs one command with the flags that the commands
// before it have set, and traps that make C-c end that command instead of the
// shell.
const runner = `__bench_run() {
__bench_line=$1; shift
case ${__bench_flags-} in *x*) __bench_line="set -x
$__bench_line";; esac
command eval "$__bench_line"
}
trap 'return 130 2>/dev/null' INT
trap 'return 131 2>/dev/null' QUIT
`

// shellSetup makes the shell ready: no pagers, git that trusts a work directory
// of another user, the runner, and a place to print marks to that no
// redirection of the shell's own output touches, its parent's output. Where
// /proc has none, that is descriptor 9.
const shellSetup = runner + `export PAGER=cat GIT_PAGER=cat MANPAGER=cat GIT_TERMINAL_PROMPT=0
cd %[1]s 2>/dev/null
if [ -e .git ] && ! [ -O . ] && ! git rev-parse >/dev/null 2>&1; then
git config --global --add safe.directory "$PWD" 2>/dev/null; fi
if ( : >/proc/$PPID/fd/1 ) 2>/dev/null; then __bench_to=/proc/$PPID/fd/1
else exec 9>&1; __bench_to='&9'; fi
__bench_ready() {
printf '\036%[2]s ready %%s\037%%s\037%%s\036\n' "$__bench_to" "$PWD" "${TMPDIR:-/tmp}"; }
case $__bench_to in '&9') __bench_ready >&9;; *) __bench_ready >"$__bench_to";; esac
`

// keeper runs the shell, bash or else sh, and stays when the shell has ended: a
// tree that still has its root can be killed, background jobs included.
const keeper = `trap : INT QUIT
if command -v bash >/dev/null 2>&1; then bash --noprofile --norc; else sh; fi
printf '\036%s dead %d\036\n' "$1" $?
exec sleep 2147483647`

// mark is the line that prints the mark of a command that has ended. Braces
// keep what it does out of a trace that the command has switched on; the flags
// are set again for the next command.
const mark = `{ __bench_code=$? __bench_flags=$-; set +vx; } 2>/dev/null; ` +
	`printf '\036%s %%d %%s\036\n' "$__bench_code" "$PWD" >%s
`

// replacesShell finds a command that ends by putting another shell in the place of
// this one. That shell reads on from the same input.
var replacesShell = regexp.MustCompile(
	`(?:^|[;&|\n])\s*exec\s+(?:-\S+\s+|env\s+|\w+=\S*\s+)*["']?` +
		`(?:[\w./-]*/)?(?:bash|dash|sh|zsh|ash|ksh|` +
		`\$SHELL|\$\{SHELL\}|\$BASH|busybox\s+sh)["']?(?:\s+-[il]+|\s+--\w+)*\s*$`)
