package ui

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"ovate/internal/auth"
	"ovate/internal/form"
	"ovate/internal/room"
)

// This file keeps a spec over a login: whoever sends it when the session has ended logs in by a form that has it, and finds it again on the page Submit. It is
// never stored here; over a login elsewhere the browser keeps it, in that tab alone (live.js).

const (
	// mostKept is the most bytes of a form with one; what several may take together is bounded, and apart from what those take who are logged in.
	mostKept = 1 << 20
	// keptTimeout is how long such a form may take to come.
	keptTimeout = 30 * time.Second
)

// Keep answers a form with a spec that somebody has sent who is not logged in (any more), with the page of the login that keeps it; false if there is nothing to keep.
func (u *UI) Keep(w http.ResponseWriter, r *http.Request) bool {
	if u.Sessions == nil || r.Method != http.MethodPost || r.URL.Path != "/submit" {
		return false
	}
	share := u.kept.Share("")
	defer share.Release()
	r, err := readKept(w, r, share)
	if spec := r.PostForm.Get("spec"); err == nil && spec != "" {
		u.askAgain(w, r, http.StatusUnauthorized, spec, "")
		return true
	}
	return false
}

// readKept reads a form of somebody who is not logged in.
func readKept(w http.ResponseWriter, r *http.Request, share *room.Share) (*http.Request, error) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(keptTimeout)) // only a server's own ResponseWriter has deadlines
	r = r.WithContext(room.With(r.Context(), share))
	r.Body = http.MaxBytesReader(w, r.Body, mostKept)
	return r, form.Read(r)
}

// askAgain shows the page of the login, with a spec that is kept, and why the last try came to nothing.
func (u *UI) askAgain(w http.ResponseWriter, r *http.Request, status int, kept, failed string) {
	setHeaders(w.Header()) // a form may have come to the front alone
	p := u.newLoginPage("/submit")
	p.Kept, p.Failed = kept, failed
	c := &call{UI: u, w: w, r: r}
	c.send(&page{Title: "Log in", template: "login", Bare: true, Data: p, status: status})
}

// login is POST /login. With a spec that was kept it shows that again.
func (u *UI) login(w http.ResponseWriter, r *http.Request) {
	share := u.kept.Share("")
	defer share.Release()
	in, err := readKept(w, r, share)
	if err != nil {
		c, told := &call{UI: u, w: w, r: r}, formProblem(err)
		told.Next = "Open the page of the login again."
		c.send(&page{Title: "Log in", template: "problem", Bare: true, status: told.status, Data: told})
		return
	}
	kept := strings.ReplaceAll(in.PostForm.Get("kept"), "\r\n", "\n")
	if kept == "" {
		u.Sessions.Login(w, in)
		return
	}
	entered, err := u.Sessions.Enter(w, in, in.PostForm.Get("user"), in.PostForm.Get("password"))
	switch {
	case errors.Is(err, auth.ErrCredentials):
		u.askAgain(w, in, http.StatusUnauthorized, kept, failure("true"))
	case errors.Is(err, auth.ErrGuesses):
		u.askAgain(w, in, http.StatusTooManyRequests, kept, failure("often"))
	case errors.Is(err, auth.ErrCrowd):
		u.askAgain(w, in, http.StatusTooManyRequests, kept, "You cannot log in now: "+err.Error())
	case err != nil:
		u.askAgain(w, in, http.StatusServiceUnavailable, kept, "Nobody can log in now: "+err.Error())
	default:
		c := &call{UI: u, w: w, r: entered}
		c.send(&page{Title: "Submit", template: "submit", Data: &submitPage{Spec: kept}})
	}
}
