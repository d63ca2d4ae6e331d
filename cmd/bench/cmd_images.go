package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bench"
	"bench/config"
	"bench/internal/plural"
	"bench/sandbox"
)

func newImages() *cobra.Command {
	c := &cobra.Command{
		Use:   "images",
		Short: "List, pull, build and remove the images that tasks run in",
		Args:  exactly(0, "list, pull, build, prune or search"),
		RunE: func(c *cobra.Command, _ []string) error {
			return bench.Usagef("images: list, pull, build, prune or search?")
		},
	}
	c.AddCommand(newImagesList(), newImagesPull(), newImagesBuild(), newImagesPrune(),
		newImagesSearch())
	return c
}

// imagesFlags are what all commands on images take: a config, and which of its
// tasks.
type imagesFlags struct{ configFlags }

func (f *imagesFlags) add(c *cobra.Command) {
	f.configFlags.add(c, "config file (required)")
	f.addTasks(c)
	must(c.MarkFlagRequired("config"))
}

// imagePool is a pool whose sandboxes run images.
type imagePool interface {
	sandbox.Pool
	sandbox.ImageStore
}

// imageSet is what the commands on images work on.
type imageSet struct {
	cfg   *config.Config
	tasks []bench.Task
	pool  imagePool
}

// open reads the config and its tasks, and connects to the engine. No model is
// asked, so no key is needed.
func (f *imagesFlags) open(c *cobra.Command) (*imageSet, error) {
	cfg, err := f.load(c, withoutModels())
	if err != nil {
		return nil, err
	}
	set, err := loadTasks(c, cfg)
	if err != nil {
		return nil, err
	}
	pool, err := newPool(c.Context(), cfg, c.ErrOrStderr(), func(error) {})
	if err != nil {
		return nil, err
	}
	images, ok := pool.(imagePool)
	if !ok {
		return nil, errors.Join(bench.Usagef("sandbox.kind is %s: its sandboxes have no images",
			cfg.Sandbox.Kind), pool.Close())
	}
	return &imageSet{cfg, set.Tasks, images}, nil
}

// gigabytes is a number of bytes as people compare disks.
func gigabytes(bytes int64) string {
	switch {
	case bytes < 1e6:
		return fmt.Sprintf("%.1f KB", float64(bytes)/1e3)
	case bytes < 1e9:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
}

// listedImage is an image as `bench images list --format json` has it.
type listedImage struct {
	Name      string     `json:"name,omitempty"`       // not known until its base image is there
	BaseImage string     `json:"base_image,omitempty"` // of an image that is built here
	Present   bool       `json:"present"`
	Digest    string     `json:"digest,omitempty"`
	Bytes     int64      `json:"bytes"` // layers shared with other images included
	Made      bool       `json:"made"`  // pulled or built by bench
	LastUse   *time.Time `json:"last_use,omitempty"`
	Tasks     []string   `json:"tasks"`
}

// imageList is the whole document.
type imageList struct {
	Images      []listedImage `json:"images"`
	Present     int           `json:"present"`
	DiskBytes   int64         `json:"disk_bytes"`             // of those present, shared layers once
	MadeBytes   int64         `json:"made_bytes"`             // of all that bench pulled or built
	BudgetBytes int64         `json:"budget_bytes,omitempty"` // sandbox.disk_budget
}

func newImagesList() *cobra.Command {
	var (
		f      imagesFlags
		format string
	)
	c := &cobra.Command{
		Use:   "list --config FILE",
		Short: "List the images of tasks, and what the engine has of them",
		Args:  exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkJSONFormat(format); err != nil {
				return err
			}
			s, err := f.open(c)
			if err != nil {
				return err
			}
			defer s.pool.Close()
			found, err := s.pool.Images(c.Context(), s.tasks)
			if err != nil {
				return err
			}
			list := imagesOf(found, int64(s.cfg.Sandbox.DiskBudget))
			if format == "json" {
				return writeDocument(c.OutOrStdout(), list)
			}
			return list.print(c)
		},
	}
	f.add(c)
	addJSONFormat(c, &format)
	return c
}

func imagesOf(found sandbox.ImageList, budget int64) imageList {
	list := imageList{
		Images: []listedImage{}, DiskBytes: found.Disk, MadeBytes: found.Made, BudgetBytes: budget,
	}
	for _, im := range found.Images {
		l := listedImage{
			Name: im.Name, BaseImage: im.Base, Present: im.Present, Digest: im.Digest, Bytes: im.Size,
			Made: im.Made, Tasks: im.Tasks,
		}
		if !im.LastUse.IsZero() {
			at := im.LastUse.UTC().Truncate(time.Second)
			l.LastUse = &at
		}
		if im.Present {
			list.Present++
		}
		list.Images = append(list.Images, l)
	}
	return list
}

// print is the table and the sums below it.
func (list imageList) print(c *cobra.Command) error {
	rows := [][]string{{"IMAGE", "HERE", "SIZE", "DIGEST", "TASKS", "LAST USE"}}
	for _, im := range list.Images {
		row := []string{im.label(), "no", "–", "–", im.taskNames(), "–"}
		if im.Present {
			_, hex, _ := strings.Cut(im.Digest, ":")
			row[1], row[2], row[3] = "yes", gigabytes(im.Bytes), fmt.Sprintf("%.12s", hex)
		}
		if im.LastUse != nil {
			row[5] = im.LastUse.Format("2006-01-02 15:04")
		}
		rows = append(rows, row)
	}
	w := c.OutOrStdout()
	if err := columns(w, rows); err != nil {
		return err
	}
	budget := ""
	if list.BudgetBytes > 0 {
		budget = " of " + gigabytes(list.BudgetBytes)
	}
	_, err := fmt.Fprintf(w, "%d of %s here, %s on disk; "+
		"pulled or built by bench, these and others: %s%s\n",
		list.Present, plural.Count(len(list.Images), "image"), gigabytes(list.DiskBytes),
		gigabytes(list.MadeBytes), budget)
	return err
}

// label names an image, or says what it is to be built on.
func (im listedImage) label() string {
	if im.Name == "" {
		return "(to be built on " + im.BaseImage + ")"
	}
	return im.Name
}

func (im listedImage) taskNames() string {
	if len(im.Tasks) == 1 {
		return im.Tasks[0]
	}
	return plural.Count(len(im.Tasks), "task")
}
