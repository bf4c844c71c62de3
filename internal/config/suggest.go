package config

import "ovate/internal/spelling"

// Nearest is the property whose name is so like this one that it is probably meant; empty if there is none.
func (c *Config) Nearest(name string) string { return nearest(name, keys()) }

func nearest(name string, table []key) string {
	names := make([]string, len(table))
	for i, k := range table {
		names[i] = k.name
	}
	return spelling.Nearest(name, names)
}
