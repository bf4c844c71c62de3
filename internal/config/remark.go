package config

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Remark is a setting that is taken, and what about it may not be meant.
type Remark struct {
	Setting
	What string
}

// Remarks are what whoever starts the server should hear of.
func (c *Config) Remarks() []Remark { return c.remarks }

// standing leaves out what is said of settings that others have replaced.
func standing(remarks []Remark, given map[string]Setting) []Remark {
	return slices.DeleteFunc(remarks, func(r Remark) bool { return given[r.Key].Origin != r.Origin })
}

// remarkMissingRoots tells of folders for local input that are not there. They may come yet, as a disk that is mounted later.
func (c *Config) remarkMissingRoots() {
	var missing []string
	for _, root := range c.Ingest.LocalRoots {
		if info, err := os.Stat(root); err != nil || !info.IsDir() {
			missing = append(missing, root)
		}
	}
	if missing != nil {
		c.remarks = append(c.remarks, Remark{c.settings["ovate.ingest.localRoots"],
			fmt.Sprintf("nothing can be read below %s as long as that is no folder", strings.Join(missing, ", "))})
	}
}
