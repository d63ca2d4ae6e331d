package tools

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"bench/agent"
	"bench/sandbox"
)

const (
	terminalChars = 30_000           // of one observation
	commandChars  = 30_000           // of one command
	quietTime     = 30 * time.Second // without output, after which a call returns
	maxTimeout    = time.Hour        // a model may ask for
)

// Options is what a tool of one agent needs to know.
type Options struct {
	Box   sandbox.Sandbox
	Agent string // id within the trial
	// CommandTimeout is the hard limit of one command; 0 is none.
	CommandTimeout time.Duration
	// Workspace makes every call hold the workspace lock, in the mode Working,
	// so that nobody copies or occupies the workspace meanwhile. It is for
	// agents that do not hold that lock already.
	Workspace bool
}

// WorkspaceLock is the lock on all files of a sandbox. Three parties want it:
//
//   - the calls of the agent that the sandbox belongs to hold it as Working:
//     they run side by side, as their locks on single files allow;
//   - who copies the workspace holds it as Reading, so no copy is torn;
//   - a sidekick that works in the sandbox of another agent holds it as
//     Exclusive for its whole activation, and its own calls do not ask again.
//
// Requests are served in call order, so a copy or an activation sees exactly
// the calls placed before it. A call holds the lock only while it works and
// asks for nothing else meanwhile, and an activation waits for nobody who
// needs the lock; so there is no circle to wait in. A command that is left
// running when its call returns is not kept out.
func WorkspaceLock(mode agent.Mode) agent.Lock {
	return agent.Lock{Name: "workspace", Mode: mode}
}

// locks are those of a call: the workspace, where asked for, and one more.
func (o Options) locks(own agent.Lock) []agent.Lock {
	if o.Workspace {
		return []agent.Lock{WorkspaceLock(agent.Working), own}
	}
	return []agent.Lock{own}
}

// Terminal is an agent's persistent shell. It is started by the first command
// and lives until Close.
type Terminal struct {
	Options
	definition agent.Definition
	schema     Schema

	// Guarded by the lock shell:<agent>.
	shell *shell
	cwd   string
	saved int // outputs saved in the sandbox
}

var _ agent.Tool = (*Terminal)(nil)

// NewTerminal returns the terminal of one agent.
func NewTerminal(o Options) *Terminal {
	schema := terminalSchema()
	return &Terminal{
		Options: o, schema: schema, cwd: o.Box.Workdir(),
		definition: agent.Definition{
			Name: "terminal", Description: o.terminalDescription(), Parameters: render(schema),
		},
	}
}

func terminalSchema() Schema {
	return Schema{
		{Name: "command", Type: String, Required: true, MaxChars: commandChars,
			Description: "What to run, as typed into a shell. With is_input: the text to type, " +
				"or a key: C-c, C-d, C-\\, ENTER, TAB, ESC, UP, DOWN, LEFT, RIGHT, BSPACE. " +
				"Empty: wait for the running command."},
		{Name: "is_input", Type: Boolean,
			Description: "Whether command is input for the running command. Default false."},
		{Name: "timeout", Type: Number,
			Description: fmt.Sprintf("Seconds to wait for the command, up to %.0f. Default: until "+
				"it has printed nothing for %.0f seconds.",
				maxTimeout.Seconds(), quietTime.Seconds())},
		{Name: "reset", Type: Boolean,
			Description: "Kill the shell with all it runs and start a new one, which then runs " +
				"command if that is not empty. Not with is_input. Default false."},
	}
}

func (o Options) terminalDescription() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Run a command in your shell. There is one shell and it lasts: the working "+
		"directory, variables and background jobs stay from call to call. Standard output and "+
		"error come back together, in order, with the exit code; of more than %d characters the "+
		"first and the last are shown and all of them are saved in a file that is named. ",
		terminalChars)
	b.WriteString("A command that is still running when the call returns has exit code -1: wait " +
		"for it with an empty command, type into it with is_input, or stop it with C-c. There is " +
		"no screen, so pagers are off and full-screen programs do not work.")
	if o.CommandTimeout > 0 {
		fmt.Fprintf(&b, " A command that has run for %.0f seconds is killed, and the shell with "+
			"it: start what takes longer in the background, with its output in a file.",
			o.CommandTimeout.Seconds())
	}
	return b.String()
}

type terminalArguments struct {
	Command string  `json:"command"`
	IsInput bool    `json:"is_input"`
	Timeout float64 `json:"timeout"`
	Reset   bool    `json:"reset"`
}

// Definition implements agent.Tool.
func (t *Terminal) Definition() agent.Definition { return t.definition }

// Accept implements agent.Tool.
func (t *Terminal) Accept(_ context.Context, call agent.Call) (agent.Work, error) {
	var a terminalArguments
	if err := t.schema.Decode(call.Arguments, &a); err != nil {
		return agent.Work{}, err
	}
	if a.Reset && a.IsInput {
		return agent.Work{}, errors.New("reset does not go with is_input")
	}
	return agent.Work{
		Locks: t.locks(agent.Lock{Name: "shell:" + t.Agent, Mode: agent.Exclusive}),
		Run: func(ctx context.Context, _ *agent.Hold) agent.Observation {
			if ctx.Err() != nil {
				return cancelled(ctx)
			}
			return t.run(ctx, a)
		},
	}, nil
}

// Close kills the shell and everything it runs.
func (t *Terminal) Close() {
	if t.shell != nil {
		t.shell.close()
		t.shell = nil
	}
}

func (t *Terminal) run(ctx context.Context, a terminalArguments) agent.Observation {
	note := ""
	if a.Reset {
		t.Close()
		t.cwd = t.Box.Workdir()
		if strings.TrimSpace(a.Command) == "" {
			return agent.Observation{Text: "[the shell was reset; a new one starts in " + t.cwd + "]"}
		}
	}
	running := t.shell != nil && t.shell.running
	switch {
	case a.IsInput && !running:
		return agent.Failure(agent.ClassTool, "nothing is running that could take input")
	case a.IsInput && a.Command != "":
		if o, ok := t.input(a.Command); !ok {
			return o
		}
	case strings.TrimSpace(a.Command) == "":
		if !running {
			return agent.Failure(agent.ClassArguments, "command is empty and nothing is running")
		}
	case running && !t.shell.settle():
		return agent.Failure(agent.ClassTool, "a command is still running: wait for it with an "+
			"empty command, type into it with is_input, stop it with C-c, or use reset")
	default:
		var err error
		if note, err = t.start(ctx, a.Command); err != nil {
			return machine(ctx, err)
		}
	}
	return t.observe(ctx, a, note)
}

// start starts a command, and a shell for it if there is none. It returns a
// note for the model if the shell is not the one it knows.
func (t *Terminal) start(ctx context.Context, command string) (note string, err error) {
	why := ""
	if t.shell != nil && (t.shell.spent || t.shell.gone()) {
		note, why = t.buried()
	}
	if t.shell == nil {
		if t.shell, err = startShell(ctx, t.Box, t.cwd); err != nil {
			return "", err
		}
		t.cwd = t.shell.cwd // elsewhere, where the directory is gone
	}
	if why != "" {
		note += fmt.Sprintf("[the shell %s; this runs in a new one, in %s]\n", why, t.cwd)
	}
	return note, t.shell.start(command, t.CommandTimeout)
}

// buried puts away a shell that died between two calls, and returns what it had
// still printed and why it died.
func (t *Terminal) buried() (rest, why string) {
	why = "had ended"
	switch {
	case t.shell.spent:
		why = "had no input any more after C-d"
	case t.shell.killed:
		why = fmt.Sprintf("was killed: its command had run for %.0f s, the limit for one command",
			t.CommandTimeout.Seconds())
	}
	rest = t.shell.rest()
	t.Close()
	return rest, why
}

// keys are the keys a model can press, and what a program reads then.
var keys = map[string]string{
	"ENTER": "\n", "TAB": "\t", "ESC": "\x1b", "BSPACE": "\x7f",
	"UP": "\x1b[A", "DOWN": "\x1b[B", "RIGHT": "\x1b[C", "LEFT": "\x1b[D",
}

// signals are the keys that a terminal turns into signals.
var signals = map[string]string{"C-c": "INT", `C-\`: "QUIT"}

// input types into the running command. Text is followed by a line break.
func (t *Terminal) input(text string) (agent.Observation, bool) {
	var err error
	key, isKey := keys[text]
	switch {
	case isKey:
		err = t.shell.write(key)
	case signals[text] != "":
		err = t.shell.proc.Signal(signals[text])
	case text == "C-d":
		t.shell.spent = true
		err = t.shell.proc.CloseInput()
	case len(text) == 3 && strings.HasPrefix(text, "C-"):
		return agent.Failure(agent.ClassTool, "%s has no effect: there is no terminal, only "+
			"C-c, C-d and C-\\ work", text), false
	default:
		err = t.shell.write(strings.TrimSuffix(text, "\n") + "\n")
	}
	if err != nil && !t.shell.gone() {
		return agent.Failure(agent.ClassTool, "%v", err), false
	}
	return agent.Observation{}, true
}

// machine is the observation of a fault that is not the command's. A lost
// sandbox ends the agent's work.
func machine(ctx context.Context, err error) agent.Observation {
	if ctx.Err() != nil {
		return cancelled(ctx)
	}
	o := agent.Failure(agent.ClassSandbox, "%v", err)
	if errors.Is(err, sandbox.ErrLost) {
		o.Fault = err
	}
	return o
}

func cancelled(ctx context.Context) agent.Observation {
	return agent.Failure(agent.ClassCancelled, "stopped: %v", context.Cause(ctx))
}
