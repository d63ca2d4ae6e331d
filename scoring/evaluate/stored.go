package evaluate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"bench"
	"bench/scoring/swebench"
)

// Stored are the folders of one run of one model in the official layout:
// <run>/<model>/<instance>/report.json and what lies beside it.
type Stored struct {
	dir       string // <run>/<model>
	instances map[string]string
}

// storedFiles are what the official harness leaves of an evaluation.
var storedFiles = []string{reportFile, logFile, ownLogFile, patchFile, scriptFile}

// ReadStored finds the folders of instances at or below a directory. All must be
// of one run and one model.
func ReadStored(dir string) (Stored, error) {
	s := Stored{instances: map[string]string{}}
	err := filepath.WalkDir(dir+string(filepath.Separator),
		func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !slices.Contains(storedFiles, e.Name()) {
				return err
			}
			folder := filepath.Dir(path)
			switch parent := filepath.Dir(folder); {
			case s.dir == "":
				s.dir = parent
			case s.dir != parent:
				return fmt.Errorf("%s and %s are different runs: give the directory of one of them",
					s.dir, parent)
			}
			s.instances[filepath.Base(folder)] = folder
			return nil
		})
	if err != nil {
		return Stored{}, bench.UsageError(fmt.Errorf("read reports: %w", err))
	}
	if len(s.instances) == 0 {
		return Stored{}, bench.Usagef("read reports %s: there is no folder of an instance below it", dir)
	}
	return s, nil
}

// Predictions returns one for each folder: what has been evaluated had a patch.
func (s Stored) Predictions() []swebench.Prediction {
	var all []swebench.Prediction
	for id := range s.instances {
		all = append(all, swebench.Prediction{InstanceID: id, Patch: somePatch()})
	}
	slices.SortFunc(all, func(a, b swebench.Prediction) int {
		return strings.Compare(a.InstanceID, b.InstanceID)
	})
	return all
}

// Evaluated is what lies stored of a prediction. Its logs are read when they
// are needed, and not kept.
func (s Stored) Evaluated(p swebench.Prediction) swebench.Evaluated {
	e := swebench.Evaluated{Prediction: p}
	folder, ok := s.instances[p.InstanceID]
	if !ok {
		return e
	}
	text, err := os.ReadFile(filepath.Join(folder, reportFile))
	switch {
	case err == nil:
		e.Report = text
	case !errors.Is(err, fs.ErrNotExist):
		e.Report = []byte(err.Error()) // one that cannot be read
	}
	e.Infra = func() (string, bool) {
		var logs [][]byte
		for _, name := range []string{logFile, ownLogFile} {
			if log, err := os.ReadFile(filepath.Join(folder, name)); err == nil {
				logs = append(logs, log)
			}
		}
		return swebench.InfraReason(logs...)
	}
	return e
}

// OtherPatch reports whether the stored patch is not the prediction's. The
// official harness takes a verdict that it finds, whatever it was given for.
func (s Stored) OtherPatch(p swebench.Prediction) bool {
	folder, ok := s.instances[p.InstanceID]
	if !ok || p.Empty() {
		return false
	}
	patch, err := os.ReadFile(filepath.Join(folder, patchFile))
	return err == nil && string(patch) != *p.Patch
}
