package sqldb

import "database/sql/driver"

// resolved is what a Config says.
type resolved struct {
	target    target
	dialect   *dialect
	names     *names
	connector driver.Connector
}

// resolve reads a Config, and connects to nothing.
func resolve(o Config) (r resolved, err error) {
	if r.target, r.dialect, err = parseTarget(o); err != nil {
		return r, err
	}
	if r.names, err = newNames(o.TablesBase, r.dialect); err != nil {
		return r, err
	}
	r.connector, err = r.dialect.connector(&r.target)
	return r, err
}

// Check finds what Open would refuse before it connects.
func Check(o Config) error {
	_, err := resolve(o)
	return err
}
