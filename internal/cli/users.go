package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"ovate/client"
	"ovate/internal/auth"
)

// users is the commands about who may log in, and what they may do.
type users struct {
	List     listUsers   `cmd:"" help:"List the users and their roles."`
	Add      addUser     `cmd:"" help:"Add a user. The password is asked for, or read from standard input."`
	Remove   removeUser  `cmd:"" help:"Remove a user."`
	Password setPassword `cmd:"" help:"Give a user another password, which is asked for, or read from standard input."`
	Grant    grantRole   `cmd:"" help:"Give a user a role."`
	Revoke   revokeRole  `cmd:"" help:"Take a role from a user."`
	Roles    listRoles   `cmd:"" help:"List the roles and what they permit."`
	Role     setRole     `cmd:"" help:"Say what a role permits; a role that is not there is added."`
	Unrole   removeRole  `cmd:"" help:"Remove a role."`
	Token    makeToken   `cmd:"" help:"Make a token for a program."`
}

// security is the flags of the commands that ask a server.
type security struct {
	remote
	Authenticator string `default:"basic" placeholder:"NAME" help:"The basic authenticator of druid.auth.authenticatorChain. Default: basic."`
	Authorizer    string `default:"basic" placeholder:"NAME" help:"The basic authorizer of druid.auth.authorizers. Default: basic."`
}

func (s *security) ask(ctx context.Context) (*client.Security, error) {
	c, err := s.client(ctx)
	if err != nil {
		return nil, err
	}
	return c.Security(s.Authenticator, s.Authorizer), nil
}

type listUsers struct{ security }

// Help gives the examples.
func (*listUsers) Help() string { return examples("who may log in", "ovate users list") }

// Run lists the users.
func (l *listUsers) Run(ctx context.Context, streams *Streams) error {
	s, err := l.ask(ctx)
	if err != nil {
		return err
	}
	names, err := s.Users(ctx)
	if err != nil {
		return err
	}
	slices.Sort(names)
	table := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "USER\tROLES")
	for _, name := range names {
		roles, err := s.RolesOf(ctx, name)
		if refused := new(client.Error); errors.As(err, &refused) && refused.Status == 400 { // who can log in, and may do nothing
			err = nil
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%s\n", name, strings.Join(roles, ", "))
	}
	return table.Flush()
}

type addUser struct {
	security
	Name string   `arg:"" help:"The user."`
	Role []string `placeholder:"ROLE" help:"A role of the user; may be repeated."`
}

// Help gives the examples.
func (*addUser) Help() string {
	return examples("the password is asked for", "ovate users add joe --role reader", "in a script", "ovate users add joe < password.txt")
}

// Run adds a user with a password and roles.
func (a *addUser) Run(ctx context.Context, streams *Streams) error {
	s, err := a.ask(ctx)
	if err != nil {
		return err
	}
	password, err := readPassword(streams, a.Name)
	if err != nil {
		return err
	}
	if err := s.AddUser(ctx, a.Name); err != nil {
		return err
	}
	if err := s.SetPassword(ctx, a.Name, password); err != nil {
		return err
	}
	for _, role := range a.Role {
		if err := s.Grant(ctx, a.Name, role); err != nil {
			return fmt.Errorf("the user was added, but not with the role: %w", err)
		}
	}
	return nil
}

type removeUser struct {
	security
	Name string `arg:"" help:"The user."`
}

// Help gives the examples.
func (*removeUser) Help() string { return examples("who has left", "ovate users remove joe") }

// Run removes a user.
func (r *removeUser) Run(ctx context.Context) error {
	if r.Name == os.Getenv("OVATE_USER") && os.Getenv("OVATE_TOKEN_FILE") == "" { // who is gone halfway could not go on
		return &inputError{fmt.Errorf("%s is who asks (OVATE_USER), and cannot be removed but by another user", r.Name)}
	}
	s, err := r.ask(ctx)
	if err != nil {
		return err
	}
	return s.RemoveUser(ctx, r.Name)
}

type setPassword struct {
	security
	Name string `arg:"" help:"The user."`
}

// Help gives the examples.
func (*setPassword) Help() string {
	return examples("the password is asked for", "ovate users password joe")
}

// Run gives a user another password.
func (p *setPassword) Run(ctx context.Context, streams *Streams) error {
	s, err := p.ask(ctx)
	if err != nil {
		return err
	}
	password, err := readPassword(streams, p.Name)
	if err != nil {
		return err
	}
	return s.SetPassword(ctx, p.Name, password)
}

type grantRole struct {
	security
	Name string `arg:"" help:"The user."`
	Role string `arg:"" help:"The role."`
}

// Help gives the examples.
func (*grantRole) Help() string {
	return examples("joe may do what the role permits", "ovate users grant joe writer")
}

// Run gives a user a role.
func (g *grantRole) Run(ctx context.Context) error {
	s, err := g.ask(ctx)
	if err != nil {
		return err
	}
	return s.Grant(ctx, g.Name, g.Role)
}

type revokeRole struct {
	security
	Name string `arg:"" help:"The user."`
	Role string `arg:"" help:"The role."`
}

// Help gives the examples.
func (*revokeRole) Help() string {
	return examples("joe may not any more", "ovate users revoke joe writer")
}

// Run takes a role from a user.
func (r *revokeRole) Run(ctx context.Context) error {
	s, err := r.ask(ctx)
	if err != nil {
		return err
	}
	return s.Revoke(ctx, r.Name, r.Role)
}

type makeToken struct {
	Name string `arg:"" help:"Who the program is to the server, such as a user of an authorizer."`
}

// Help tells where the two go, and gives the examples.
func (*makeToken) Help() string {
	return "The token goes to standard output, for the program alone. The line for the file of the server, which does not tell the token, goes to standard error. " +
		"The server takes tokens by druid.auth.authenticator.NAME.type=token with the file in druid.auth.authenticator.NAME.file; no restart is needed.\n\n" + examples(
		"for a program that is called airflow", "(umask 077; ovate users token airflow > airflow.token 2>> tokens)")
}

// Run prints a new token and its line.
func (m *makeToken) Run(streams *Streams) error {
	token, line, err := auth.NewToken(m.Name)
	if err != nil {
		return &inputError{err}
	}
	fmt.Fprintln(streams.Err, line)
	_, err = fmt.Fprintln(streams.Out, token)
	return err
}

// readPassword asks for a password at a terminal, twice, or reads a line.
func readPassword(streams *Streams, user string) (string, error) {
	file, _ := streams.In.(*os.File)
	if file == nil || !term.IsTerminal(int(file.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(streams.In, 64<<10)).ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", &inputError{errors.Join(errors.New("standard input has no password"), ignoreEnd(err))}
		}
		return line, ignoreEnd(err)
	}
	var given [2]string
	for i, ask := range []string{"Password of " + user + ": ", "Again: "} {
		fmt.Fprint(streams.Err, ask)
		text, err := term.ReadPassword(int(file.Fd()))
		fmt.Fprintln(streams.Err)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		given[i] = string(text)
	}
	switch {
	case given[0] != given[1]:
		return "", &inputError{errors.New("these are two passwords; nothing was changed")}
	case given[0] == "":
		return "", &inputError{errors.New("the password is empty; nothing was changed")}
	}
	return given[0], nil
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
