package helper

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// init turns the process into a helper if its first argument is [Arg], so that
// every program that imports this package can serve sandboxes.
//
// Packages are initialized in the order of their imports, then of their paths.
// This one needs little and comes early; what bench itself needs comes later and
// is most of its start, which a helper, started thousands of times, goes without.
func init() { //nolint:gochecknoinits // main would be too late: see above
	if len(os.Args) < 2 || os.Args[1] != Arg || len(os.Args) > 2 && os.Args[2] == ConfineArg {
		return // package confine comes later
	}
	// While packages are initialized the main goroutine is bound to its thread,
	// which would slow down all that it shares with others.
	go serveSandbox(os.Args[2:]) // ends with the process
	select {}
}

// serveSandbox does not return.
func serveSandbox(args []string) {
	// Where bench runs in the background or under nohup these are ignored, which
	// commands would inherit; what is caught is not.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGHUP)
	switch {
	case len(args) == 0:
		if err := serve(); err != nil {
			fmt.Fprintln(os.Stderr, "sandbox helper:", err)
			os.Exit(1)
		}
		os.Exit(0)
	case args[0] == reaperArg:
		reap()
	}
	fmt.Fprintf(os.Stderr, "sandbox helper: unknown argument %q\n", args[0])
	os.Exit(2)
}

// reaperArg after Arg makes a reaper of the process.
const reaperArg = "reaper"

// ConfineArg after [Arg], and then prefixes of addresses or [OwnLinks], makes a helper of
// a program that imports package confine forbid its network namespace to reach those.
// Names are still resolved where the resolver lies there. The process needs
// CAP_NET_ADMIN and CAP_SETPCAP, which it gives up before it serves.
const ConfineArg = "confine"

// FilesVar and FileSizeVar are the variables in which a helper is told how many files each
// process of its sandbox may have open, and how many bytes one may have. Rootless Podman
// takes such limits and does not enforce them.
const (
	FilesVar    = "BENCH_HELPER_FILES"
	FileSizeVar = "BENCH_HELPER_FILE_SIZE"
)

// OwnLinks among prefixes are the networks in which a sandbox has addresses itself: the
// machine that it runs on, and other sandboxes.
const OwnLinks = "links"
