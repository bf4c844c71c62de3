package cli

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A server that asks who one is lets commands in with a password from the environment, or with a token from a file, and each may do what the roles permit.
func TestUsers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	made := run(t, "users", "token", "joe")
	made.expect(t, 0, "ovate_", "joe ")
	token := write("joe.token", made.out)
	properties := write("p.properties", `
druid.auth.authenticatorChain=["basic","programs"]
druid.auth.authenticator.basic.type=basic
druid.auth.authenticator.basic.initialAdminPassword=first
druid.auth.authenticator.basic.credentialIterations=10
druid.auth.authenticator.basic.authorizerName=basic
druid.auth.authenticator.programs.type=token
druid.auth.authenticator.programs.file=`+write("tokens", "# programs\n"+made.err)+`
druid.auth.authenticator.programs.authorizerName=basic
druid.auth.authorizers=["basic"]
druid.auth.authorizer.basic.type=basic
`)
	server := serving(t, command(t, "serve", "--config", properties, "--listen", "127.0.0.1:0"))
	// as runs a command of a user: NAME:PASSWORD, or the file of a token.
	as := func(who, stdin string, args ...string) result {
		t.Helper()
		cmd := command(t, append(args, "--url", server.url)...)
		cmd.Stdin = strings.NewReader(stdin)
		if user, password, named := strings.Cut(who, ":"); named {
			cmd.Env = append(cmd.Env, "OVATE_USER="+user, "OVATE_PASSWORD="+password)
		} else if who != "" {
			cmd.Env = append(cmd.Env, "OVATE_TOKEN_FILE="+who)
		}
		return finish(t, cmd)
	}
	as("", "", "tasks").expect(t, 2, "Unauthorized request (401 Unauthorized)", "Say who you are with OVATE_USER")
	as("admin:guess", "", "tasks").expect(t, 2, "401")
	as("admin:first", "", "tasks").expect(t, 0)
	as(token, "", "tasks").expect(t, 0)
	task := write("noop.json", `{"type":"noop","dataSource":"wiki","id":"mine"}`)
	as(token, "", "submit", task).expect(t, 2, "no right to that (403 Forbidden)", "Ask whoever keeps the users")

	as("admin:first", "", "users", "role", "writer", "--permit", "read:datasource:wi(k|c)i", "--permit", "WRITE:DATASOURCE:wiki").expect(t, 0)
	as("admin:first", "", "users", "role", "writer", "--permit", "wiki").expect(t, 2, "must be ACTION:TYPE:PATTERN")
	as("admin:first", "", "users", "role", "writer", "--permit", "READ:DATASOURCE:(?!x)").expect(t, 2, "must be a regular expression")
	for permit, says := range map[string]string{
		"reads:DATASOURCE:x": "must be READ or WRITE", "READ:datasources:x": "must be one of DATASOURCE, ", "READ:DATASOURCE:[": "must be a regular expression",
	} {
		as("admin:first", "", "users", "role", "other", "--permit", permit).expect(t, 2, says)
	}
	rolesNow := as("admin:first", "", "users", "roles")
	rolesNow.expect(t, 0, "writer")
	rolesNow.without(t, "other")
	as("admin:first", "", "users", "remove", "admin").expect(t, 2, "admin is who asks (OVATE_USER)")
	as("admin:first", "", "users", "list", "--authenticator", "users").expect(t, 2, "there is [basic]")
	as("admin:first", "", "users", "add", "joe").expect(t, 2, "standard input has no password")
	as("admin:first", "secret one\n", "users", "add", "joe", "--role", "writer").expect(t, 0)
	as("admin:first", "", "users", "list").expect(t, 0, "admin", "joe    writer")
	as("admin:first", "", "users", "roles").expect(t, 0, "writer", "READ:DATASOURCE:wi(k|c)i", "WRITE:DATASOURCE:wiki")
	for _, who := range []string{"joe:secret one", token} {
		as(who, "", "users", "list").expect(t, 2, "403")
		as(who, "", "tasks").expect(t, 0)
	}
	as(token, "", "submit", task).expect(t, 0, "mine")
	as("joe:secret one", "", "status", "mine").expect(t, 0, "mine")
	for _, who := range []string{"admin:first", "joe:secret one"} { // one may see what answers there, and one may not
		as(who, "", "status", "none").expect(t, 4, "Cannot find any task with id: [none] (404 Not Found)")
		as(who, "", "kill", "none").expect(t, 4, "Cannot find any task")
	}
	as("joe:secret one", "", "submit", write("other.json", `{"type":"noop","dataSource":"wici"}`)).expect(t, 2, "403")
	as("admin:first", "the third\n", "users", "password", "joe").expect(t, 0)
	as("joe:secret one", "", "tasks").expect(t, 2, "401")
	as("joe:the third", "", "tasks").expect(t, 0)
	as("admin:first", "", "users", "revoke", "joe", "writer").expect(t, 0)
	as("joe:the third", "", "status", "mine").expect(t, 2, "403")
	as("admin:first", "", "users", "grant", "joe", "writer").expect(t, 0)
	as("admin:first", "", "users", "unrole", "writer").expect(t, 0)
	as("admin:first", "", "users", "remove", "joe").expect(t, 0)
	as("joe:the third", "", "tasks").expect(t, 2, "401")
	server.end(t, syscall.SIGTERM).without(t, "secret one").without(t, "the third")
}

// Credentials are whole, or told to be not.
func TestCredentials(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		env  map[string]string
		want int
		err  string
	}{
		{nil, 0, ""},
		{map[string]string{"OVATE_PASSWORD": "x"}, 0, ""},
		{map[string]string{"OVATE_USER": "x", "OVATE_PASSWORD": ""}, 1, ""},
		{map[string]string{"OVATE_USER": "x"}, 0, "OVATE_PASSWORD is not"},
		{map[string]string{"OVATE_USER": "x:y", "OVATE_PASSWORD": "z"}, 0, "must not have a colon"},
		{map[string]string{"OVATE_TOKEN_FILE": dir + "/none"}, 0, "OVATE_TOKEN_FILE"},
		{map[string]string{"OVATE_TOKEN_FILE": empty}, 0, "must have a token"},
	} {
		got, err := credentialsOf(func(name string) (string, bool) { v, there := c.env[name]; return v, there })
		if len(got) != c.want || c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%v: %d, %v", c.env, len(got), err)
		}
	}
}
