package ui

// loginPage is the form where one says who one is.
type loginPage struct {
	Next   string // the path to go on to
	Failed bool
}

// showLogin is GET /login. With failed=true the last try was one of a wrong user or password; next is the path to go on to.
func showLogin(c *call) (*page, error) {
	q := c.r.URL.Query()
	return &page{Title: "Log in", template: "login", Bare: true, Data: loginPage{q.Get("next"), q.Get("failed") == "true"}}, nil
}
