package auth_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
)

// place is a server that asks for passwords.
type place struct {
	*testing.T
	store  metadata.Store
	own    *auth.Own
	keeper *auth.Keeper
	basic  *auth.Basic
	chain  *auth.Chain
	http   http.Handler
	log    *bytes.Buffer
}

// newPlace is one that keeps the users itself, unless a source is given.
func newPlace(t *testing.T, store metadata.Store, source auth.Source) *place {
	t.Helper()
	p := &place{T: t, store: store, log: new(bytes.Buffer)}
	roles := new(auth.Roles)
	var err error
	if p.basic, err = auth.NewBasic(roles, false); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(p.log, nil))
	if source == nil {
		p.own = &auth.Own{
			Store: store, Rows: auth.Rows{Store: store}, Now: func() druid.Instant { return 7 },
			Passwords: map[string]map[string]string{"db": {auth.Admin: "first", auth.Internal: "system"}}, Iterations: map[string]int{"db": 10},
		}
		source = p.own
	}
	p.keeper = auth.NewKeeper(auth.KeeperOptions{
		Source: source, Authenticators: map[string]*auth.Basic{"db": p.basic}, Authorizers: map[string]*auth.Roles{"roles": roles},
		Period: time.Minute, MaxDelay: time.Second, Log: log,
	})
	p.chain = auth.NewChain([]auth.Authenticator{p.basic}, nil, nil)
	p.http = auth.NewHandler(p.keeper, p.own, log)
	p.keeper.Start(t.Context())
	t.Cleanup(p.keeper.Stop)
	return p
}

// ask is the answer to a request with a user's password: status and body.
func (p *place) ask(user, password, method, path, body string) (int, string) {
	r := httptest.NewRequest(method, "/druid-ext/basic-security"+path, strings.NewReader(body))
	r.SetBasicAuth(user, password)
	r.Header.Set("X-Druid-Comment", "a test")
	in, refused := p.chain.Admit(r)
	if refused != nil {
		return refused.Status, string(refused.Body)
	}
	w := httptest.NewRecorder()
	p.http.ServeHTTP(w, in)
	return w.Code, w.Body.String()
}

// A server alone begins with its two users, and whoever may changes users, roles and permissions, which hold when the answer comes, and stay.
func TestOwnUsers(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	p := newPlace(t, store, nil)
	const users, granted, roles = "/authentication/db/db/users", "/authorization/db/roles/users", "/authorization/db/roles/roles"
	for _, c := range []struct {
		user, password, method, path, body string
		status                             int
		want                               string
	}{
		{"admin", "first", "GET", users, "", 200, `["admin","druid_system"]`},
		{"druid_system", "system", "GET", granted + "/druid_system", "", 200, `{"name":"druid_system","roles":["druid_system"]}`},
		{"admin", "second", "GET", users, "", 401, ""},
		{"admin", "first", "POST", users + "/joe", "", 200, ""},
		{"admin", "first", "POST", users + "/joe", "", 400, `{"error":"user[joe] already exists"}`},
		{"joe", "", "GET", users, "", 401, ""},
		{"admin", "first", "POST", users + "/joe/credentials", `{"password":""}`, 400, ""},
		{"admin", "first", "POST", users + "/joe/credentials", `{"password":"a","iterations":100000000}`, 400, ""},
		{"admin", "first", "POST", users + "/joe/credentials", `{`, 400, ""},
		{"admin", "first", "POST", users + "/eve/credentials", `{"password":"a"}`, 400, `{"error":"user[eve] does not exist"}`},
		{"admin", "first", "POST", users + "/joe/credentials", `{"password":"a:b"}`, 200, ""},
		{"joe", "a:b", "GET", users, "", 403, auth.ForbiddenBody},
		{"admin", "first", "POST", granted + "/joe/roles/keeper", "", 400, `{"error":"user[joe] does not exist"}`},
		{"admin", "first", "POST", granted + "/joe", "", 200, ""},
		{"admin", "first", "POST", granted + "/joe/roles/keeper", "", 400, `{"error":"role[keeper] does not exist"}`},
		{"admin", "first", "POST", roles + "/keeper", "", 200, ""},
		{"admin", "first", "POST", roles + "/keeper/permissions", `[{"resource":{"name":"secur(?=ity)","type":"CONFIG"},"action":"READ"}]`, 400, ""},
		{"admin", "first", "POST", roles + "/keeper/permissions", `[{"resource":{"name":"security","type":"CONFIG"},"action":"LOOK"}]`, 400, ""},
		{"admin", "first", "POST", roles + "/keeper/permissions", `[{"resource":{"name":"secur.*","type":"CONFIG"},"action":"READ"}]`, 200, ""},
		{"admin", "first", "POST", granted + "/joe/roles/keeper", "", 200, ""},
		{"joe", "a:b", "GET", roles + "/keeper/permissions", "", 200, `[{"resource":{"name":"secur.*","type":"CONFIG"},"action":"READ"}]`},
		{"joe", "a:b", "DELETE", users + "/admin", "", 403, auth.ForbiddenBody},
		{"joe", "a:b", "GET", "/authentication/db/roles/users", "", 400, `{"error":"a basic authenticator with the name [roles] does not exist; there is [db]"}`},
		{"admin", "first", "POST", "/authentication/db/roles/users/eve", "", 400, ""}, // an authorizer has no passwords
		{"admin", "first", "POST", "/authorization/db/db/users/eve", "", 400, `{"error":"a basic authorizer with the name [db] does not exist; there is [roles]"}`},
		{"admin", "first", "POST", "/authentication/listen/db", `{}`, 400, ""}, // no Coordinator has a say here
		{"admin", "first", "DELETE", roles + "/keeper", "", 200, ""},
		{"joe", "a:b", "GET", users, "", 403, auth.ForbiddenBody},
		{"admin", "first", "GET", granted + "/joe", "", 200, `{"name":"joe","roles":[]}`},
		{"admin", "first", "DELETE", users + "/joe", "", 200, ""},
		{"joe", "a:b", "GET", users, "", 401, ""},
		{"admin", "first", "POST", users + "/admin/credentials", `{"password":"changed"}`, 200, ""},
	} {
		status, body := p.ask(c.user, c.password, c.method, c.path, c.body)
		if status != c.status || c.want != "" && body != c.want {
			t.Errorf("%s %s %s by %s: %d %s, want %d %s", c.method, c.path, c.body, c.user, status, body, c.status, c.want)
		}
	}
	again := newPlace(t, store, nil)
	if status, _ := again.ask("admin", "changed", "GET", users, ""); status != http.StatusOK {
		t.Errorf("after a start the password that was changed is answered %d", status)
	}
	if status, _ := again.ask("admin", "first", "GET", users, ""); status != http.StatusUnauthorized {
		t.Errorf("after a start the first password is answered %d", status)
	}
	var history strings.Builder
	if err := store.Audit(t.Context(), metadata.AuditQuery{Max: -1}, func(row *metadata.AuditRow) error {
		history.Write(row.Payload)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{`"identity":"admin","comment":"a test"`, `user[joe] got another password`, `user[joe] role[keeper] got a role`} {
		if !strings.Contains(history.String(), said) {
			t.Errorf("the audit history does not have %s: %s", said, &history)
		}
	}
	for _, secret := range []string{"a:b", "hash", "salt"} {
		if strings.Contains(history.String()+p.log.String(), secret) {
			t.Errorf("the audit history or the log has %s", secret)
		}
	}
}

// Who is removed is gone, also the first user, until a server starts: then he is there again, and may do everything, so that nobody is locked out for good.
func TestFirstUserRemoved(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	p := newPlace(t, store, nil)
	const users, granted, roles = "/authentication/db/db/users", "/authorization/db/roles/users", "/authorization/db/roles/roles"
	f := func(user, password, method, path string, want int) {
		t.Helper()
		body := ""
		if strings.HasSuffix(path, "/credentials") {
			body = `{"password":"hers"}`
		}
		if status, got := p.ask(user, password, method, path, body); status != want {
			t.Errorf("%s %s by %s: %d %s, want %d", method, path, user, status, got, want)
		}
	}
	for _, path := range []string{users + "/anna", users + "/anna/credentials", granted + "/anna", granted + "/anna/roles/admin"} {
		f("admin", "first", "POST", path, 200)
	}
	f("anna", "hers", "DELETE", users+"/admin", 200)
	f("admin", "first", "GET", users, 401)
	f("anna", "hers", "DELETE", users+"/admin", 400) // he was not made again
	f("anna", "hers", "DELETE", granted+"/admin", 200)
	f("anna", "hers", "GET", granted+"/admin", 400)

	p = newPlace(t, store, nil)
	f("admin", "first", "GET", granted+"/admin", 200)
	f("anna", "hers", "DELETE", roles+"/admin", 200)
	f("anna", "hers", "GET", users, 403)
	f("admin", "first", "GET", users, 403)

	p = newPlace(t, store, nil)
	f("anna", "hers", "GET", users, 403)
	f("admin", "first", "GET", roles+"/admin/permissions", 200)
	for _, who := range []string{"anna", "druid_system", "admin"} {
		f("admin", "first", "DELETE", users+"/"+who, 200)
	}
	f("admin", "first", "GET", users, 401)
}

// No cache keeps who there is and what he may do, nor that he may not.
func TestNobodyKeepsUsers(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sqlitetest.Open(t), nil)
	for _, path := range []string{"/authentication/db/db/users", "/authorization/db/roles/users/admin", "/authorization/db/roles/roles", "/authentication/db/other/users", "/none"} {
		r := httptest.NewRequest("GET", "/druid-ext/basic-security"+path, nil)
		r.SetBasicAuth("admin", "first")
		in, refused := p.chain.Admit(r)
		if refused != nil {
			t.Fatalf("the first user is refused: %s", refused.Body)
		}
		w := httptest.NewRecorder()
		p.http.ServeHTTP(w, in)
		if got := w.Header().Get("Cache-Control"); got != "no-cache, no-store, max-age=0" {
			t.Errorf("%s: %d has Cache-Control %q", path, w.Code, got)
		}
	}
}

// Where there is nobody, that is told instead of a wrong password.
func TestNoUsers(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	own := &auth.Own{Store: store, Rows: auth.Rows{Store: store}, Now: druid.Now}
	p := newPlace(t, store, own)
	if status, body := p.ask("admin", "first", "GET", "/authentication/db/db/users", ""); status != 503 || !strings.Contains(body, "not known yet") || !strings.Contains(p.log.String(), "druid.auth.authenticator.db.initialAdminPassword makes the first one") {
		t.Errorf("%d %s; log: %s", status, body, p.log)
	}
}

// coordinator is what a Coordinator answers, by path.
type coordinator map[string]string

func (c coordinator) get(_ context.Context, path string) (int, []byte, error) {
	answer, there := c[strings.TrimPrefix(path, "/druid-ext/basic-security")]
	if !there {
		return 0, nil, errors.New("it does not answer")
	}
	if answer == "" {
		return http.StatusForbidden, nil, nil
	}
	return http.StatusOK, decoded(answer), nil
}

// In a cluster users come from the Coordinator, which tells of changes besides; where it does not answer, from its rows.
func TestUsersOfACluster(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	answers := coordinator{
		"/authentication/db/db/cachedSerializedUserMap": smileUsers, "/authorization/db/roles/cachedSerializedUserMap": smileGrants,
	}
	source := auth.Cluster{Asked: auth.Asked{Get: answers.get}, Rows: auth.Rows{Store: store}}
	for _, from := range []string{"the Coordinator", "its rows"} {
		p := newPlace(t, store, source)
		i, err := p.basic.Login(t.Context(), "", "joe", "pässword:1")
		if err != nil || !i.May(auth.Read, auth.DataSource("wikipedia")) || i.May(auth.Read, auth.DataSource("other")) {
			t.Errorf("from %s: %v, %v", from, i, err)
		}
		clear(answers)
		if err := store.Update(t.Context(), func(tx metadata.Tx) error {
			return errors.Join(tx.SetConfig("basic_authentication_db_users", decoded(smileUsers)),
				tx.SetConfig("basic_authorization_roles_users", decoded(smileUserRow)), tx.SetConfig("basic_authorization_roles_roles", decoded(smileRoleRow)))
		}); err != nil {
			t.Fatal(err)
		}
	}
	// A server alone on that database keeps none itself.
	p := newPlace(t, store, nil)
	if _, err := p.basic.Login(t.Context(), "", "admin", "first"); !errors.Is(err, auth.ErrCredentials) {
		t.Errorf("beside the rows of a Coordinator there is an admin: %v", err)
	}
	if err := p.own.ChangeUsers(t.Context(), "db", "x", func(map[string]*auth.Credentials) error { return nil }); !errors.Is(err, auth.ErrElsewhere) {
		t.Errorf("the Coordinator's users are changed: %v", err)
	}
}

// A Coordinator that has the right to tells what has changed. What cannot be read changes nothing.
func TestListen(t *testing.T) {
	t.Parallel()
	p := newPlace(t, nil, auth.Asked{Get: func(_ context.Context, path string) (int, []byte, error) {
		if strings.Contains(path, "authentication") {
			return 200, []byte(`{}`), nil
		}
		return 200, []byte(`{"userMap":{},"roleMap":{}}`), nil
	}})
	post := func(i auth.Identity, path string, body []byte) int {
		r := httptest.NewRequest("POST", "/druid-ext/basic-security"+path, bytes.NewReader(body))
		w := httptest.NewRecorder()
		p.http.ServeHTTP(w, r.WithContext(auth.With(r.Context(), i)))
		_, _ = io.Copy(io.Discard, w.Body)
		return w.Code
	}
	everybody := auth.Everybody()
	for _, c := range []struct {
		who    auth.Identity
		path   string
		body   []byte
		status int
	}{
		{auth.Identity{}, "/authentication/listen/db", decoded(smileUsers), 403},
		{everybody, "/authentication/listen/db", decoded(smileUsers), 200},
		{everybody, "/authorization/listen/users/roles", decoded(smileGrants), 200},
		{everybody, "/authorization/listen/groupMappings/roles", []byte("x"), 200},
		{everybody, "/authentication/listen/config/db", []byte("x"), 200},
		{everybody, "/authentication/listen/db", []byte("x"), 400},
		{everybody, "/authentication/listen/other", decoded(smileUsers), 400},
		{everybody, "/authorization/listen/roles", []byte("x"), 400},
		{everybody, "/authentication/db/db/users/joe", nil, 409},
	} {
		if status := post(c.who, c.path, c.body); status != c.status {
			t.Errorf("%s: %d, want %d", c.path, status, c.status)
		}
	}
	if i, err := p.basic.Login(t.Context(), "", "joe", "pässword:1"); err != nil || !i.May(auth.Read, auth.DataSource("wiki")) {
		t.Errorf("after the Coordinator has told of joe: %v, %v", i, err)
	}
}

// A Coordinator that does not answer in the beginning is asked again soon, and once that is known by its period; what was known stays while it is away.
func TestKeeper(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex // guards what follows
		answers, asked := coordinator{}, 0
		p := newPlace(t, nil, auth.Asked{Get: func(ctx context.Context, path string) (int, []byte, error) {
			mu.Lock()
			defer mu.Unlock()
			asked++
			return answers.get(ctx, path)
		}})
		locked := func(do func()) {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			do()
		}
		defer p.keeper.Stop()
		login := func() error {
			synctest.Wait()
			_, err := p.basic.Login(t.Context(), "", "joe", "pässword:1")
			return err
		}
		if err := login(); !errors.Is(err, auth.ErrUnknown) {
			t.Errorf("before the Coordinator has answered: %v", err)
		}
		time.Sleep(10 * time.Second)
		locked(func() {
			if asked != 22 || strings.Count(p.log.String(), "level=WARN") != 2 {
				t.Errorf("it was asked %d times: %s", asked, p.log)
			}
			answers["/authentication/db/db/cachedSerializedUserMap"] = smileUsers
			answers["/authorization/db/roles/cachedSerializedUserMap"] = smileGrants
		})
		time.Sleep(time.Second)
		if err := login(); err != nil {
			t.Error(err)
		}
		locked(func() {
			clear(answers)
			asked = 0
		})
		time.Sleep(10 * time.Minute)
		err := login()
		locked(func() {
			if err != nil || asked < 18 || asked > 20 {
				t.Errorf("%v; in ten minutes it was asked %d times", err, asked)
			}
		})
	})
}
