package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"ovate/client"
	"ovate/internal/auth"
)

type listRoles struct{ security }

// Help gives the examples.
func (*listRoles) Help() string { return examples("who may do what", "ovate users roles") }

// Run lists the roles.
func (l *listRoles) Run(ctx context.Context, streams *Streams) error {
	s, err := l.ask(ctx)
	if err != nil {
		return err
	}
	names, err := s.Roles(ctx)
	if err != nil {
		return err
	}
	slices.Sort(names)
	table := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ROLE\tPERMITS")
	for _, name := range names {
		permissions, err := s.Permissions(ctx, name)
		if err != nil {
			return err
		}
		for i, p := range permissions {
			fmt.Fprintf(table, "%s\t%s:%s:%s\n", name, p.Action, p.Type, p.Pattern)
			if i == 0 {
				name = ""
			}
		}
		if len(permissions) == 0 {
			fmt.Fprintf(table, "%s\tnothing\n", name)
		}
	}
	return table.Flush()
}

type setRole struct {
	security
	Name   string   `arg:"" help:"The role."`
	Permit []string `sep:"none" placeholder:"ACTION:TYPE:PATTERN" help:"What it permits, such as READ:DATASOURCE:wiki.*; may be repeated. PATTERN is a regular expression of the whole name."`
}

// Help tells what there is to permit, and gives the examples.
func (*setRole) Help() string {
	return "ACTION is READ or WRITE. TYPE is DATASOURCE, with the name of the data source; STATE, with the name STATE; CONFIG, with the name CONFIG, or security for users and roles; " +
		"or EXTERNAL, with the type of an input source. What the role permitted before it permits no more, unless it is said again.\n\n" + examples(
		"may see all of one data source", "ovate users role reader --permit READ:DATASOURCE:wiki",
		"may write to some, too", "ovate users role writer --permit 'READ:DATASOURCE:web_.*' --permit 'WRITE:DATASOURCE:web_.*'")
}

// typeNamed is the type of a name in any case; what is none stays as it is.
func typeNamed(name string) string {
	for _, typ := range auth.Types() {
		if strings.EqualFold(typ, name) {
			return typ
		}
	}
	return name
}

// Run says what a role permits.
func (r *setRole) Run(ctx context.Context) error {
	var all []client.Permission
	for _, text := range r.Permit {
		parts := strings.SplitN(text, ":", 3)
		if len(parts) != 3 {
			return &inputError{fmt.Errorf("--permit %q must be ACTION:TYPE:PATTERN, like READ:DATASOURCE:wiki", text)}
		}
		parts[0], parts[1] = strings.ToUpper(parts[0]), typeNamed(parts[1])
		if action := auth.Action(parts[0]); action != auth.Read && action != auth.Write {
			return &inputError{fmt.Errorf("--permit %q: the action is %s, and must be %s or %s", text, action, auth.Read, auth.Write)}
		}
		if types := auth.Types(); !slices.Contains(types, parts[1]) {
			return &inputError{fmt.Errorf("--permit %q: the type is %s, and must be one of %s", text, parts[1], strings.Join(types, ", "))}
		}
		all = append(all, client.Permission{Action: parts[0], Type: parts[1], Pattern: parts[2]})
	}
	s, err := r.ask(ctx)
	if err != nil {
		return err
	}
	names, err := s.Roles(ctx)
	if err != nil {
		return err
	}
	added := !slices.Contains(names, r.Name)
	if added {
		if err := s.AddRole(ctx, r.Name); err != nil {
			return err
		}
	}
	err = s.SetPermissions(ctx, r.Name, all)
	if refused := new(client.Error); added && errors.As(err, &refused) { // nothing was said of it, so that it is not to be there
		err = errors.Join(err, s.RemoveRole(ctx, r.Name))
	}
	return err
}

type removeRole struct {
	security
	Name string `arg:"" help:"The role."`
}

// Help gives the examples.
func (*removeRole) Help() string {
	return examples("a role that nobody is to have any more", "ovate users unrole writer")
}

// Run removes a role.
func (r *removeRole) Run(ctx context.Context) error {
	s, err := r.ask(ctx)
	if err != nil {
		return err
	}
	return s.RemoveRole(ctx, r.Name)
}
