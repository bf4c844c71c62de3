package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/disk"
	"ovate/internal/jsontext"
)

// Handler answers the paths of Druid's basic security: where a Coordinator tells what has changed, and, on a server that keeps the users itself, where
// these are changed. Requests must have passed a Chain; all take the right to Security.
type Handler struct {
	keeper *Keeper
	own    *Own // nil where the Coordinator keeps the users
	log    *slog.Logger
	mux    *http.ServeMux
}

// NewHandler makes a Handler. own is nil where a Coordinator keeps the users.
func NewHandler(k *Keeper, own *Own, log *slog.Logger) *Handler {
	h := &Handler{k, own, log, http.NewServeMux()}
	h.on("POST /authentication/listen/{name}", h.hear(k.SetUsers))
	h.on("POST /authentication/listen/config/{name}", h.hear(noConfig))
	h.on("POST /authorization/listen/{name}", h.hear(k.SetGrants))
	h.on("POST /authorization/listen/users/{name}", h.hear(k.SetGrants))
	h.on("POST /authorization/listen/groupMappings/{name}", h.hear(noConfig))

	const users, user = "/authentication/db/{name}/users", "/authentication/db/{name}/users/{user}"
	h.on("GET "+users, h.listUsers)
	h.on("POST "+user, h.changeUsers("added", addUser))
	h.on("DELETE "+user, h.changeUsers("removed", removeUser))
	h.on("POST "+user+"/credentials", h.setPassword)

	const granted, roles = "/authorization/db/{name}/users", "/authorization/db/{name}/roles"
	h.on("GET "+granted, h.listGranted)
	h.on("GET "+granted+"/{user}", h.showGranted)
	h.on("POST "+granted+"/{user}", h.changeGrants("added", addGranted))
	h.on("DELETE "+granted+"/{user}", h.changeGrants("removed", removeGranted))
	h.on("POST "+granted+"/{user}/roles/{role}", h.changeGrants("got a role", addRoleOf))
	h.on("DELETE "+granted+"/{user}/roles/{role}", h.changeGrants("lost a role", removeRoleOf))
	h.on("GET "+roles, h.listRoles)
	h.on("POST "+roles+"/{role}", h.changeGrants("added", addRole))
	h.on("DELETE "+roles+"/{role}", h.changeGrants("removed", removeRole))
	h.on("GET "+roles+"/{role}/permissions", h.showPermissions)
	h.on("POST "+roles+"/{role}/permissions", h.setPermissions)
	return h
}

// noConfig takes what has no meaning here: settings of an authenticator, and groups, which LDAP has.
func noConfig(string, []byte) (bool, error) { return true, nil }

// endpoint answers a request that is allowed, with JSON unless that is nil.
type endpoint func(r *http.Request) (answer any, err error)

// on files an endpoint under a verb and a path below the extension.
func (h *Handler) on(pattern string, e endpoint) {
	method, path, _ := strings.Cut(pattern, " ")
	h.mux.HandleFunc(method+" "+extension+path, func(w http.ResponseWriter, r *http.Request) {
		if !From(r.Context()).May(ActionOf(r.Method), Security()) {
			Forbid(w)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, mostMap)
		r = r.WithContext(audit.WithCaller(r.Context(), Caller(r)))
		answer, err := e(r)
		h.answer(w, r, answer, err)
	})
}

// ServeHTTP implements http.Handler. As elsewhere in Druid, what is no POST has no cache keep the answer.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Cache-Control", "no-cache, no-store, max-age=0")
	}
	h.mux.ServeHTTP(w, r)
}

// Forbid answers 403 as Druid does to somebody who may not do what is asked for.
func Forbid(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_, _ = io.WriteString(w, ForbiddenBody) // the client may have gone
}

// ForbiddenBody is the body of that answer.
const ForbiddenBody = `{"Access-Check-Result":"Unauthorized"}`

func (h *Handler) answer(w http.ResponseWriter, r *http.Request, answer any, err error) {
	status, body := http.StatusOK, []byte(nil)
	switch {
	case errors.Is(err, ErrNone), errors.Is(err, ErrExists), errors.As(err, new(*badRequest)):
		status = http.StatusBadRequest
	case errors.Is(err, ErrElsewhere):
		status = http.StatusConflict
	case disk.Full(err):
		status = http.StatusServiceUnavailable
		h.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		err = errors.New("the server's disk is full, so that nothing of this is stored: send it again once there is room")
	case err != nil:
		status = http.StatusInternalServerError
		h.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "error", err)
	case answer != nil:
		body, err = json.Marshal(answer)
		if err != nil {
			status = http.StatusInternalServerError
		}
	}
	if err != nil {
		body = append(druid.AppendString([]byte(`{"error":`), err.Error()), '}')
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may have gone
}

// badRequest is a body that cannot be taken.
type badRequest struct{ error }

func (b *badRequest) Unwrap() error { return b.error }

// body reads the body as JSON.
func body(r *http.Request, into any) error {
	text, err := io.ReadAll(r.Body)
	if err == nil {
		err = jsontext.Unmarshal(text, into)
	}
	if err != nil {
		return &badRequest{fmt.Errorf("the request body cannot be read: %w", err)}
	}
	return nil
}

// hear is an endpoint to which a Coordinator sends a map.
func (h *Handler) hear(take func(name string, text []byte) (known bool, err error)) endpoint {
	return func(r *http.Request) (any, error) {
		if h.own != nil {
			return nil, &badRequest{errors.New("this server keeps the users itself, and takes none from a Coordinator")}
		}
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, &badRequest{err}
		}
		name := r.PathValue("name")
		known, err := take(name, text)
		if err != nil {
			return nil, &badRequest{err}
		}
		if !known {
			return nil, fmt.Errorf("a basic authenticator or authorizer with the name [%s] %w", name, ErrNone)
		}
		return nil, nil
	}
}

// keepsUsers is where the users of the authenticator are kept that the path names, or why they are not to be had here.
func (h *Handler) keepsUsers(r *http.Request) (*Own, error) {
	return kept(h, r, "authenticator", h.keeper.Authenticators)
}

// keepsGrants is the same for the authorizer that the path names.
func (h *Handler) keepsGrants(r *http.Request) (*Own, error) {
	return kept(h, r, "authorizer", h.keeper.Authorizers)
}

func kept[T any](h *Handler, r *http.Request, kind string, all map[string]T) (*Own, error) {
	if h.own == nil {
		return nil, ErrElsewhere
	}
	name := r.PathValue("name")
	if _, there := all[name]; !there {
		return nil, fmt.Errorf("a basic %s with the name [%s] %w; there is %v", kind, name, ErrNone, names(all))
	}
	return h.own, nil
}

func (h *Handler) listUsers(r *http.Request) (any, error) {
	own, err := h.keepsUsers(r)
	if err != nil {
		return nil, err
	}
	users, err := own.Users(r.Context(), r.PathValue("name"))
	return names(users), err
}

// names are the keys of a map, in their order.
func names[T any](of map[string]T) []string {
	return append([]string{}, slices.Sorted(maps.Keys(of))...)
}

// changeUsers is an endpoint that changes a user of an authenticator.
func (h *Handler) changeUsers(done string, edit func(users map[string]*Credentials, name string) error) endpoint {
	return func(r *http.Request) (any, error) {
		own, err := h.keepsUsers(r)
		if err != nil {
			return nil, err
		}
		user := r.PathValue("user")
		err = own.ChangeUsers(r.Context(), r.PathValue("name"), fmt.Sprintf("user[%s] %s", user, done), func(users map[string]*Credentials) error {
			return edit(users, user)
		})
		return nil, h.changed(r, err)
	}
}

// changed has what was changed hold before the answer leaves.
func (h *Handler) changed(r *http.Request, err error) error {
	if err == nil {
		h.keeper.refresh(r.Context())
	}
	return err
}

func addUser(users map[string]*Credentials, name string) error {
	if _, there := users[name]; there {
		return fmt.Errorf("user[%s] %w", name, ErrExists)
	}
	users[name] = nil // who cannot log in until there is a password
	return nil
}

func removeUser(users map[string]*Credentials, name string) error {
	if _, there := users[name]; !there {
		return fmt.Errorf("user[%s] %w", name, ErrNone)
	}
	delete(users, name)
	return nil
}

func (h *Handler) setPassword(r *http.Request) (any, error) {
	var given struct {
		Password   string `json:"password"`
		Iterations int    `json:"iterations"`
	}
	if err := body(r, &given); err != nil {
		return nil, err
	}
	const most = 10_000_000
	if given.Password == "" || given.Iterations < 0 || given.Iterations > most {
		return nil, &badRequest{fmt.Errorf("[password] must not be empty, and [iterations] is at most %d", most)}
	}
	name := r.PathValue("name")
	if given.Iterations == 0 && h.own != nil {
		given.Iterations = h.own.Iterations[name]
	}
	credentials, err := NewCredentials(given.Password, given.Iterations)
	if err != nil {
		return nil, err
	}
	return h.changeUsers("got another password", func(users map[string]*Credentials, user string) error {
		if _, there := users[user]; !there {
			return fmt.Errorf("user[%s] %w", user, ErrNone)
		}
		users[user] = credentials
		return nil
	})(r)
}
