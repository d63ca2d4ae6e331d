package results

import (
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"bench"
)

// compressAbove is the size from which a body is compressed; shorter ones
// gain less than the call costs.
const compressAbove = 512

// knownBodies is how many stored bodies are remembered, so that prompts and
// tool schemas are neither compressed nor looked up for every agent.
const knownBodies = 4096

// maxBody bounds what a stored body may unpack to.
const maxBody = 1 << 30

// packer compresses bodies. One encoder and one decoder serve all callers.
type packer struct {
	enc *zstd.Encoder
	dec *zstd.Decoder

	mu         sync.Mutex
	young, old map[bench.BodyHash]bool // stored for certain; old is dropped when young is full
}

func newPacker() (*packer, error) {
	// Bodies are small: a window of 256 KiB loses nothing, and keeps an encoder
	// from holding megabytes.
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(256<<10), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, fmt.Errorf("make encoder: %w", err)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxBody), zstd.WithDecoderConcurrency(0))
	if err != nil {
		return nil, fmt.Errorf("make decoder: %w", err)
	}
	return &packer{enc: enc, dec: dec, young: map[bench.BodyHash]bool{}}, nil
}

func (p *packer) close() { p.dec.Close() }

// packed is a body as it is stored.
type packed struct {
	hash     bench.BodyHash
	size     int
	encoding string
	content  []byte
}

// pack prepares the bodies of an event for storage and leaves out those that
// are stored already.
func (p *packer) pack(bodies []bench.Body) []packed {
	var out []packed
	for _, b := range bodies {
		h := b.Hash()
		if h == "" || p.known(h) {
			continue
		}
		q := packed{hash: h, size: len(b), encoding: "raw", content: b}
		if len(b) >= compressAbove {
			if z := p.enc.EncodeAll(b, make([]byte, 0, len(b)/2)); len(z) < len(b)-len(b)/8 {
				q.encoding, q.content = "zstd", z
			}
		}
		out = append(out, q)
	}
	return out
}

// unpack returns the body that was stored. One that is not what was stored is damage.
func (p *packer) unpack(q packed) (bench.Body, error) {
	b := bench.Body(q.content)
	if q.encoding != "raw" {
		room := make([]byte, 0, min(max(q.size, 0), maxBody))
		var err error
		if b, err = p.dec.DecodeAll(q.content, room); err != nil {
			return nil, damage(fmt.Errorf("unpack body %s: %w", q.hash, err))
		}
	}
	if h := b.Hash(); h != q.hash {
		return nil, damage(fmt.Errorf("body %s was changed after it was written: its hash is %s now",
			q.hash, h))
	}
	return b, nil
}

func (p *packer) known(h bench.BodyHash) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.young[h] {
		return true
	}
	if !p.old[h] {
		return false
	}
	p.remember(h) // still in use: it outlives the next change of generation
	return true
}

// committed remembers bodies that are stored for good.
func (p *packer) committed(bodies []packed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, b := range bodies {
		p.remember(b.hash)
	}
}

// forget forgets what is stored: some of it is not any more.
func (p *packer) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.young, p.old = map[bench.BodyHash]bool{}, nil
}

func (p *packer) remember(h bench.BodyHash) {
	if len(p.young) >= knownBodies/2 {
		p.old, p.young = p.young, map[bench.BodyHash]bool{}
	}
	p.young[h] = true
}
