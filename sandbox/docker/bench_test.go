package docker

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/pkg/stdcopy"

	"bench/sandbox"
)

// step is what a coding agent does all the time, at its smallest.
var step = sandbox.Shell("echo hi")

// BenchmarkStep measures a command in a running container: through the helper,
// and through the engine's exec as other harnesses do it (create, start,
// inspect). Compare the two of one run; floor: exec/helper ≥ 25.
func BenchmarkStep(b *testing.B) {
	p := newPool(b, Options{})
	box := open(b, p, onImage(b, debian), sandbox.ForAgent).(*box)
	b.Run("helper", func(b *testing.B) {
		for b.Loop() {
			viaHelper(b, box)
		}
	})
	b.Run("exec", func(b *testing.B) {
		for b.Loop() {
			viaExec(b, box)
		}
	})
}

// BenchmarkEightContainers measures commands per second in eight containers at
// once; floor: helper/exec ≥ 20.
func BenchmarkEightContainers(b *testing.B) {
	p := newPool(b, Options{})
	task := onImage(b, debian)
	var boxes []*box
	for range 8 {
		boxes = append(boxes, open(b, p, task, sandbox.ForAgent).(*box))
	}
	for name, command := range map[string]func(testing.TB, *box){
		"helper": viaHelper, "exec": viaExec,
	} {
		b.Run(name, func(b *testing.B) {
			var wg sync.WaitGroup
			share := (b.N + len(boxes) - 1) / len(boxes)
			for _, box := range boxes {
				wg.Go(func() {
					for range share {
						command(b, box)
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(share*len(boxes))/b.Elapsed().Seconds(), "commands/s")
		})
	}
}

// BenchmarkLife measures the making and removing of a container whose image is
// there.
func BenchmarkLife(b *testing.B) {
	p := newPool(b, Options{})
	task := onImage(b, debian)
	open(b, p, task, sandbox.ForAgent).Close(context.Background())
	spec := sandbox.Spec{Purpose: sandbox.ForAgent, Task: task}
	for b.Loop() {
		box, err := p.Create(context.Background(), spec)
		if err != nil {
			b.Fatal(err)
		}
		if err := box.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFiles measures an editor's step: a file of 20 kB written and read.
func BenchmarkFiles(b *testing.B) {
	p := newPool(b, Options{})
	box := open(b, p, onImage(b, debian), sandbox.ForAgent)
	data := bytes.Repeat([]byte("line of a file\n"), 1400)
	for name, path := range map[string]string{"overlay": "/testbed/f", "shm": "/dev/shm/f"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := sandbox.WriteFile(context.Background(), box, path, data, 0o644); err != nil {
					b.Fatal(err)
				}
				if _, err := sandbox.ReadFile(context.Background(), box, path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOutput measures how fast a command's output comes.
func BenchmarkOutput(b *testing.B) {
	p := newPool(b, Options{})
	box := open(b, p, onImage(b, debian), sandbox.ForAgent)
	const size = 16 << 20
	b.SetBytes(size)
	for b.Loop() {
		r, err := sandbox.Run(context.Background(), box,
			sandbox.Shell(fmt.Sprintf("head -c %d /dev/zero", size)), nil)
		if err != nil || len(r.Output) != size {
			b.Fatal(len(r.Output), err)
		}
	}
}

func viaHelper(b testing.TB, box *box) {
	r, err := sandbox.Run(context.Background(), box, step, nil)
	if err != nil || string(r.Output) != "hi\n" || r.Code != 0 {
		b.Errorf("%+v, %v", r, err)
	}
}

func viaExec(b testing.TB, box *box) {
	ctx, engine := context.Background(), box.pool.engine
	created, err := engine.ContainerExecCreate(ctx, box.id, container.ExecOptions{
		Cmd: step.Args, AttachStdout: true, AttachStderr: true,
	})
	if err != nil {
		b.Error(err)
		return
	}
	conn, err := engine.ContainerExecAttach(ctx, created.ID, container.ExecAttachOptions{})
	if err != nil {
		b.Error(err)
		return
	}
	defer conn.Close()
	var out bytes.Buffer
	if _, err := stdcopy.StdCopy(&out, io.Discard, conn.Reader); err != nil {
		b.Error(err)
	}
	ended, err := engine.ContainerExecInspect(ctx, created.ID)
	if err != nil || ended.ExitCode != 0 || out.String() != "hi\n" {
		b.Errorf("%+v, %q, %v", ended, out.String(), err)
	}
}
