package helper

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Main turns the process into a helper, and does not return, if its first
// argument is Arg. Programs that want to be copied into sandboxes call it
// before anything else.
func Main() {
	if len(os.Args) < 2 || os.Args[1] != Arg {
		return
	}
	// Where bench runs in the background or under nohup these are ignored, which
	// commands would inherit; what is caught is not.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGHUP)
	if len(os.Args) == 2 {
		if err := serve(); err != nil {
			fmt.Fprintln(os.Stderr, "sandbox helper:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Args[2] == reaperArg {
		reap()
	}
	fmt.Fprintf(os.Stderr, "sandbox helper: unknown argument %q\n", os.Args[2])
	os.Exit(2)
}

// reaperArg after Arg makes a reaper of the process.
const reaperArg = "reaper"
