package sandboxtest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"bench/sandbox"
)

// connecting talks over three connections at once, with what there is to talk with.
const connecting = `one() { if command -v bash >/dev/null
then bash -c 'exec 3<>/dev/tcp/HOST/PORT; echo hello >&3; cat <&3'
else echo hello | nc HOST PORT
fi; }
for i in 1 2 3; do one & done; wait`

// streams are promises about input and output.
var streams = map[string]func(*testing.T, *kit){
	"output and errors keep their order": func(t *testing.T, k *kit) {
		script := "i=0; while [ $i -lt 300 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done"
		var want strings.Builder
		for i := range 300 {
			fmt.Fprintf(&want, "out %d\nerr %d\n", i, i)
		}
		equal(t, "output", sh(t, k.shared, script), want.String())
	},
	"processes inside reach this program": func(t *testing.T, k *kit) {
		box, ok := k.shared.(sandbox.Reaching)
		if !ok {
			t.Skip("this kind of sandbox cannot")
		}
		l, err := box.Listen(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		defer wg.Wait()
		defer l.Close()
		wg.Go(func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				wg.Go(func() {
					defer c.Close()
					line, _ := bufio.NewReader(c).ReadString('\n')
					fmt.Fprint(c, "you said ", line)
				})
			}
		})
		host, port, _ := net.SplitHostPort(l.Addr())
		got := sh(t, k.shared, strings.NewReplacer("HOST", host, "PORT", port).Replace(connecting))
		equal(t, "answers", got, strings.Repeat("you said hello\n", 3))
	},
	"output need not be UTF-8": func(t *testing.T, k *kit) {
		got := sh(t, k.shared, `printf '\377\376\000\200a\r\n'`)
		equal(t, "output", got, "\xff\xfe\x00\x80a\r\n")
	},
	"output is seen while the command runs": func(t *testing.T, k *kit) {
		cmd := sandbox.Shell("echo first; read line; echo second $line")
		cmd.Stdin = true
		p := start(t, k.shared, cmd)
		equal(t, "line", readLine(t, p), "first")
		if _, err := p.Write([]byte("go\n")); err != nil {
			t.Fatal(err)
		}
		equal(t, "line", readLine(t, p), "second go")
		equal(t, "code", wait(t, p).Code, 0)
	},
	"50 MB of output arrive whole": func(t *testing.T, k *kit) {
		p := start(t, k.shared, sandbox.Shell("yes 0123456789abcde | head -c 50000000"))
		got, want := sha256.New(), sha256.New()
		n, err := io.Copy(got, p)
		if err != nil || n != 50_000_000 {
			t.Fatalf("read %d bytes: %v", n, err)
		}
		io.CopyN(want, &repeat{line: "0123456789abcde\n"}, n)
		if !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
			t.Error("the bytes are not those that were written")
		}
		equal(t, "code", wait(t, p).Code, 0)
	},
	"the end of the output is not lost": func(t *testing.T, k *kit) {
		for range 30 {
			out := sh(t, k.shared, "head -c 60000 /dev/zero; echo end")
			if len(out) != 60004 || !strings.HasSuffix(out, "end\n") {
				t.Fatalf("got %d bytes, want 60004", len(out))
			}
		}
	},
	"a flood that nobody reads holds nobody up": func(t *testing.T, k *kit) {
		flood := start(t, k.shared, sandbox.Shell("yes flood"))
		for range 20 {
			equal(t, "output", sh(t, k.shared, "echo hi"), "hi\n")
		}
		if err := flood.Kill(); err != nil {
			t.Fatal(err)
		}
		equal(t, "code", wait(t, flood).Code, 137)
	},
	"a flood that is read holds nobody up": func(t *testing.T, k *kit) {
		flood := start(t, k.shared, sandbox.Shell("yes flood"))
		drained := make(chan struct{})
		go func() {
			defer close(drained)
			io.Copy(io.Discard, flood)
		}()
		for range 20 {
			equal(t, "output", sh(t, k.shared, "echo hi"), "hi\n")
		}
		flood.Kill()
		<-drained
	},
	"Wait does not need a reader": func(t *testing.T, k *kit) {
		p := start(t, k.shared, sandbox.Shell("head -c 60000 /dev/zero"))
		equal(t, "code", wait(t, p).Code, 0)
		got, err := io.ReadAll(p)
		if err != nil || len(got) != 60000 {
			t.Errorf("read %d bytes after Wait: %v", len(got), err)
		}
	},
	"input arrives and ends": func(t *testing.T, k *kit) {
		r, err := sandbox.Run(t.Context(), k.shared, sandbox.Shell("cat; echo end"), []byte("in\x00\xff"))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "output", string(r.Output), "in\x00\xffend\n")
	},
	"empty input is input that ends": func(t *testing.T, k *kit) {
		r, err := sandbox.Run(t.Context(), k.shared, sandbox.Shell("wc -c"), []byte{})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "output", strings.TrimSpace(string(r.Output)), "0")
	},
	"10 MB go through a command": func(t *testing.T, k *kit) {
		in := make([]byte, 10_000_000)
		io.ReadFull(&repeat{line: "there and back again\n"}, in)
		r, err := sandbox.Run(t.Context(), k.shared, sandbox.Shell("cat"), in)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(r.Output, in) {
			t.Errorf("%d bytes came back that are not the %d that went", len(r.Output), len(in))
		}
	},
	"a command that writes too much is killed": func(t *testing.T, k *kit) {
		name := k.dir(t) + "/alive"
		flood := sandbox.Shell("(sleep 1; echo yes >" + name + ") & yes")
		r, err := sandbox.RunMax(t.Context(), k.shared, flood, nil, 100_000)
		if !errors.Is(err, sandbox.ErrOutput) || len(r.Output) != 100_000 {
			t.Errorf("%d bytes: %v", len(r.Output), err)
		}
		equal(t, "later", sh(t, k.shared, "sleep 2; cat "+name+" 2>/dev/null || echo no"), "no\n")
	},
	"a command may leave its input unread": func(t *testing.T, k *kit) {
		in := make([]byte, 5_000_000)
		r, err := sandbox.Run(t.Context(), k.shared, sandbox.Shell("exec <&-; echo done"), in)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "output", string(r.Output), "done\n")
		r, err = sandbox.Run(t.Context(), k.shared, sandbox.Shell("exec <&-; sleep 0.3"), in)
		if err != nil || r.Code != 0 {
			t.Errorf("exit %d: %v", r.Code, err)
		}
	},
	"writing without Stdin is an error": func(t *testing.T, k *kit) {
		p := start(t, k.shared, sandbox.Shell("sleep 0.1"))
		if _, err := p.Write([]byte("x")); err == nil {
			t.Error("no error")
		}
		wait(t, p)
	},
	"commands run at the same time": func(t *testing.T, k *kit) {
		// Each waits for the next one's file: they end only if all of them run.
		dir := k.dir(t)
		const n = 8
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				script := fmt.Sprintf("touch %s/%d; while ! test -e %s/%d; do sleep 0.01; done; echo %d",
					dir, i, dir, (i+1)%n, i)
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				r, err := sandbox.Run(ctx, k.shared, sandbox.Shell(script), nil)
				if err != nil || string(r.Output) != fmt.Sprintln(i) {
					t.Errorf("command %d: %q, %v", i, r.Output, err)
				}
			})
		}
		wg.Wait()
	},
	"a hundred commands do not mix": func(t *testing.T, k *kit) {
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				script := fmt.Sprintf("cat; echo %d; exit %d", i, i)
				in := strings.Repeat(fmt.Sprintln("input", i), 500)
				r, err := sandbox.Run(t.Context(), k.shared, sandbox.Shell(script), []byte(in))
				if err != nil || r.Code != i || string(r.Output) != in+fmt.Sprintln(i) {
					t.Errorf("command %d: exit %d, %d bytes, %v", i, r.Code, len(r.Output), err)
				}
			})
		}
		wg.Wait()
	},
}

// repeat reads as line, over and over.
type repeat struct {
	line string
	at   int
}

func (r *repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r.line[r.at]
		r.at = (r.at + 1) % len(r.line)
	}
	return len(p), nil
}
