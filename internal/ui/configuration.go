package ui

import (
	"slices"
	"strings"

	"ovate/internal/config"
)

// setting is a property with where its value comes from, and what is odd about it.
type setting struct {
	config.Setting
	Remark string
}

// configurationPage is how the server is set.
type configurationPage struct {
	Settings []setting
	Unset    []string
	Given    bool // show only what was given
}

// showConfiguration is GET /configuration; given=true leaves the defaults out.
func showConfiguration(c *call) (*page, error) {
	p := &configurationPage{Unset: c.Config.Unset(), Given: c.r.URL.Query().Get("given") == "true"}
	unused := c.Config.Unused()
	for _, s := range c.Config.Settings() {
		if p.Given && s.Origin == "default" {
			continue
		}
		one := setting{Setting: s}
		var remarks []string
		if slices.ContainsFunc(unused, func(u config.Setting) bool { return u.Key == s.Key }) {
			remark := "It has no effect here."
			if near := c.Config.Nearest(s.Key); near != "" {
				remark += " Did you mean " + near + "?"
			}
			remarks = append(remarks, remark)
		}
		for _, r := range c.Config.Remarks() {
			if r.Key == s.Key {
				remarks = append(remarks, r.What)
			}
		}
		one.Remark = strings.Join(remarks, " ")
		p.Settings = append(p.Settings, one)
	}
	return &page{Title: "Configuration", template: "configuration", Data: p}, nil
}
