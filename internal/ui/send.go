package ui

import (
	"bytes"
	"cmp"
	"errors"
	"html/template"
	"net/http"
	"strings"

	"ovate/druid"
)

// shown is what templates are given.
type shown struct {
	*page
	Path, Version, Service string
	User                   string // who has logged in; empty: nobody
	CSRF                   string // of that session, for forms
	MayLogin               bool   // nobody has logged in, and somebody may
	Nav                    []link
	Now                    druid.Instant
}

// send sends a page as a whole, once it is made: one that fails on the way is told as such.
func (c *call) send(p *page) {
	if p.to != "" {
		http.Redirect(c.w, c.r, p.to, http.StatusSeeOther)
		return
	}
	out := c.made.Get().(*bytes.Buffer)
	defer c.give(out)
	s := shown{page: p, Path: c.r.URL.Path, Version: c.Version, Service: c.Config.Service, Nav: c.nav, Now: druid.Now()}
	if c.Sessions != nil {
		if s.CSRF = c.Sessions.CSRF(c.r); s.CSRF != "" {
			s.User = c.identity().Name
		}
		s.MayLogin = s.User == ""
	}
	t, err := c.template(p.template)
	if err == nil {
		err = c.fill(out, t, s)
	}
	if c.r.Context().Err() != nil {
		return // nobody is there to see it
	}
	if err != nil {
		c.Log.Error("page failed", "path", c.r.URL.Path, "error", err)
		http.Error(c.w, "The page could not be made; the server's log tells why.", http.StatusInternalServerError)
		return
	}
	hold := c.large.Hold(c.identity().Taker())
	defer hold.Release()
	if out.Len() > freePage && !hold.Try(int64(out.Len())) {
		c.w.Header().Set("Retry-After", "5")
		http.Error(c.w, "The pages that others have not taken yet need all the memory that they may, and half of that for one user. Ask again in a few seconds.", http.StatusTooManyRequests)
		return
	}
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.Header().Set("Vary", "Accept-Encoding")
	packs := strings.Contains(c.r.Header.Get("Accept-Encoding"), "gzip")
	if packs {
		c.w.Header().Set("Content-Encoding", "gzip")
	}
	c.w.WriteHeader(cmp.Or(p.status, http.StatusOK))
	if packs {
		c.pack(out.Bytes())
	} else {
		_, _ = c.w.Write(out.Bytes()) // the client may have gone
	}
}

// fill makes a page, once few others are being made: what that takes is for a moment far more than the page.
func (c *call) fill(out *bytes.Buffer, t *template.Template, s shown) error {
	if err := c.filling.Acquire(c.r.Context(), 1); err != nil {
		return err
	}
	defer c.filling.Release(1)
	return t.ExecuteTemplate(out, "layout", s)
}

// pack sends a page compressed.
func (c *call) pack(page []byte) {
	z := c.packers.Take(c.w)
	defer c.packers.Give(z)
	_, _ = z.Write(page) // the client may have gone
	_ = z.Close()
}

// mostReused is how large a page may be whose memory is used for the next one.
const mostReused = 1 << 20

// give has the memory of a page that was sent used for another.
func (u *UI) give(out *bytes.Buffer) {
	if out.Cap() <= mostReused {
		out.Reset()
		u.made.Put(out)
	}
}

// template is that of a name, within the layout.
func (u *UI) template(name string) (*template.Template, error) {
	if t := u.pages[name]; t != nil {
		return t, nil
	}
	return nil, errors.New("there is no template " + name)
}

// At tells whether a page is the one shown, or one below it.
func (s shown) At(l link) bool {
	return s.Path == l.To || l.To != "/" && strings.HasPrefix(s.Path, l.To+"/")
}
