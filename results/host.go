package results

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"bench"
)

// Host is a machine that trials of a run ran on.
type Host struct {
	// ID is that of the machine with what it is called, the same in all runs.
	ID         string `json:"host"`
	Engine     string `json:"engine"` // what the config calls it; empty if it names no engines
	bench.Host `json:"machine"`
}

// String describes it to people.
func (h Host) String() string {
	if h.Engine == "" {
		return h.Host.String()
	}
	return fmt.Sprintf("engine %s (%s)", h.Engine, h.Host)
}

// hostID names a machine. It depends on all that is known of it.
func hostID(p bench.TrialPlaced) (string, error) {
	p.Phase = ""
	text, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("encode host: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8]), nil
}

// trialPlaced notes the machine once for the run, and that the trial is on it.
func (r row) trialPlaced(p bench.TrialPlaced) error {
	id, err := hostID(p)
	if err != nil {
		return err
	}
	h := p.Host
	err = r.run(insertHost, r.RunID, id, opt(p.Engine), opt(h.Name), h.OS, h.Arch, h.CPUs,
		opt(h.Memory), opt(h.Kernel), opt(h.EngineVersion))
	if err != nil {
		return err
	}
	if p.Phase == bench.PhaseGrade {
		return r.run(placeGrading, id, r.trial)
	}
	return r.run(placeTrial, id, r.trial)
}

const selectHosts = `SELECT host, coalesce(engine, ''), coalesce(name, ''), os, arch, cpus,
		coalesce(memory, 0), coalesce(kernel, ''), coalesce(engine_version, '')
	FROM hosts WHERE run_id = ?`

const hostsInOrder = " ORDER BY engine, name, host"

func scanHost(rows *sql.Rows) (h Host, err error) {
	err = rows.Scan(&h.ID, &h.Engine, &h.Name, &h.OS, &h.Arch, &h.CPUs, &h.Memory, &h.Kernel,
		&h.EngineVersion)
	return h, err
}

// Hosts returns the machines that trials of a run ran on.
func (s *Store) Hosts(ctx context.Context, run string) ([]Host, error) {
	all, err := query(ctx, s.reader, scanHost, selectHosts+hostsInOrder, run)
	return all, s.readError("hosts of run "+run, err)
}

// place reads where a trial ran, and in which image.
func (d *Detail) place(ctx context.Context, tx *sql.Tx) (err error) {
	d.Image, err = one(query(ctx, tx, scanImage, selectImage, d.Trial.ID))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	all, err := query(ctx, tx, scanHost, selectHosts+hostsInOrder, d.Trial.RunID)
	for _, h := range all {
		if h.ID == d.Trial.Host {
			d.Host = &h
		}
		if h.ID == d.Trial.GradingHost {
			d.GradingHost = &h
		}
	}
	return err
}
