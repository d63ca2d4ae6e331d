//go:build unix

package helper

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// What a command has written when it ends is read, whoever is faster, and what its
// children write afterwards finds a reader.
func TestLastOutputIsWhole(t *testing.T) {
	t.Parallel()
	for range 3000 {
		r, w, err := pipe()
		if err != nil {
			t.Fatal(err)
		}
		unix.SetNonblock(r, true)
		p := newProcess(&server{}, 1, &command{})
		p.read = os.NewFile(uintptr(r), "output")
		unix.Write(w, []byte("last"))
		got, told := make(chan string), make(chan struct{})
		go func() {
			<-p.ended
			got <- string(p.lastOutput(nil))
		}()
		go func() {
			p.setEnded(ending{})
			close(told)
		}()
		if s := <-got; s != "last" {
			t.Fatalf("the output is %q", s)
		}
		<-told
		unix.Write(w, []byte("late"))
		if n, err := p.read.Read(make([]byte, 9)); n != 4 {
			t.Fatalf("%d bytes, %v", n, err)
		}
		unix.Close(w)
		p.read.Close()
	}
}
