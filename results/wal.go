package results

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// The write-ahead log: sqlite.org/fileformat.html, "The Write-Ahead Log".
const (
	walHeader = 32
	walFrame  = 24 // before each page
	walMagic  = 0x377f0682
)

// checkLog finds damage in the log beside a database. SQLite takes a log to end where a
// checksum is wrong, as it is where a process died while it wrote. Where commits follow,
// the log was damaged, and SQLite would lose them without a word.
func checkLog(path string) error {
	f, err := os.Open(path + "-wal")
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, walHeader)
	if _, err := io.ReadFull(f, head); err != nil {
		return nil // it never had a commit
	}
	magic := binary.BigEndian.Uint32(head)
	sum := walSum{order: binary.LittleEndian}
	if magic == walMagic+1 {
		sum.order = binary.BigEndian
	}
	sum.add(head[:24])
	if magic&^1 != walMagic || !sum.is(head[24:]) {
		return fmt.Errorf("%s-wal does not begin as a log does", path)
	}
	size := int(binary.BigEndian.Uint32(head[8:]))
	if size < 512 || size > 65536 {
		return fmt.Errorf("%s-wal has pages of %d bytes", path, size)
	}
	bad, lost := 0, 0
	frame := make([]byte, walFrame+size)
	for n := 1; ; n++ {
		if _, err := io.ReadFull(f, frame); err != nil {
			break
		}
		sum.add(frame[:8])
		sum.add(frame[walFrame:])
		ours := string(frame[8:16]) == string(head[16:24])
		if bad == 0 && !(ours && sum.is(frame[16:24])) {
			bad = n
		}
		// Where a round ends, frames of an earlier one may follow, with salts of their own.
		if commit := binary.BigEndian.Uint32(frame[4:]) != 0; bad > 0 && ours && commit {
			lost++
		}
	}
	if lost < 2 { // the last one was not waited for
		return nil
	}
	return fmt.Errorf("%s-wal is damaged at frame %d, and %d commits follow", path, bad, lost)
}

// walSum is the running checksum of a log.
type walSum struct {
	order  binary.ByteOrder
	s0, s1 uint32
}

func (s *walSum) add(p []byte) {
	for i := 0; i+8 <= len(p); i += 8 {
		s.s0 += s.order.Uint32(p[i:]) + s.s1
		s.s1 += s.order.Uint32(p[i+4:]) + s.s0
	}
}

func (s *walSum) is(p []byte) bool {
	return binary.BigEndian.Uint32(p) == s.s0 && binary.BigEndian.Uint32(p[4:]) == s.s1
}
