package auth

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"
)

// Roles is the authorizer of users that have roles, which have permissions. It may do nothing for anybody until it is told what there is.
type Roles struct {
	granted atomic.Pointer[granted]
}

// granted is what users and roles permit, by their names.
type granted struct{ users, roles map[string][]permission }

// permission is one of a role. Names are matched as a whole.
type permission struct {
	action Action
	kind   string
	name   *regexp.Regexp
	ascii  bool // names with other characters do not match: the pattern has flags, by which Java and Go tell them differently
}

// matches tells whether the pattern matches a whole name. Java and Go do not agree on ends of lines and other control characters, which no name has.
func (p *permission) matches(name string) bool {
	for _, c := range name {
		if unicode.IsControl(c) || c == '\u2028' || c == '\u2029' || p.ascii && c > unicode.MaxASCII {
			return false
		}
	}
	return p.name.MatchString(name)
}

// SetGrants is called with the user map and the role map whenever these are known anew. The error tells of permissions that nobody gets by them,
// since their patterns cannot be told here; all others hold.
func (r *Roles) SetGrants(g *Grants) error {
	var errs []error
	byRole := make(map[string][]permission, len(g.Roles))
	for name, role := range g.Roles {
		for _, p := range role.Permissions {
			compiled, err := p.compile()
			if err != nil {
				errs = append(errs, fmt.Errorf("role[%s] does not get %s of %s[%s]: %w", name, p.Action, p.Resource.Type, p.Resource.Name, err))
				continue
			}
			byRole[name] = append(byRole[name], compiled)
		}
	}
	byUser := make(map[string][]permission, len(g.Users))
	for name, user := range g.Users {
		var all []permission
		for _, role := range user.Roles {
			all = append(all, byRole[role]...)
		}
		byUser[name] = all
	}
	r.granted.Store(&granted{byUser, byRole})
	return errors.Join(errs...)
}

// Ready fails until SetGrants was called.
func (r *Roles) Ready() error {
	if r.granted.Load() == nil {
		return ErrUnknown
	}
	return nil
}

// May tells whether a role of the user has a permission for it.
func (r *Roles) May(identity string, a Action, of Resource) bool {
	g := r.granted.Load()
	return g != nil && permit(g.users[identity], a, of)
}

// MaySome tells whether a role of the user has a permission for something of the kind.
func (r *Roles) MaySome(identity string, a Action, kind string) bool {
	g := r.granted.Load()
	return g != nil && permitSome(g.users[identity], a, kind)
}

func permitSome(permissions []permission, a Action, kind string) bool {
	return slices.ContainsFunc(permissions, func(p permission) bool { return p.action == a && p.kind == kind })
}

// permit tells whether one of some permissions is for it.
func permit(permissions []permission, a Action, of Resource) bool {
	for _, p := range permissions {
		if p.action == a && p.kind == of.Type && p.matches(of.Name) {
			return true
		}
	}
	return false
}

// Holding is the authorizer of whoever has these roles, as somebody else vouches for. What users are granted here counts for nothing there.
func (r *Roles) Holding(roles []string) Authorizer { return holding{r, roles} }

type holding struct {
	*Roles
	roles []string
}

// May tells whether one of the roles has a permission for it.
func (h holding) May(_ string, a Action, of Resource) bool {
	g := h.granted.Load()
	return g != nil && slices.ContainsFunc(h.roles, func(role string) bool { return permit(g.roles[role], a, of) })
}

// MaySome tells whether one of the roles has a permission for something of the kind.
func (h holding) MaySome(_ string, a Action, kind string) bool {
	g := h.granted.Load()
	return g != nil && slices.ContainsFunc(h.roles, func(role string) bool { return permitSome(g.roles[role], a, kind) })
}

// compile makes a permission of what is stored, whose name is a regular expression of Java.
func (p ResourceAction) compile() (permission, error) {
	compiled := permission{action: p.Action, kind: p.Resource.Type}
	var err error
	if compiled.ascii, err = checkPattern(p.Resource.Name); err != nil {
		return compiled, err
	}
	compiled.name, err = regexp.Compile(`\A(?:` + p.Resource.Name + `)\z`)
	return compiled, err
}

// checkPattern refuses regular expressions that mean something else to Java than here, or nothing: what nobody can tell must not allow anything. It tells
// whether there is a group in one that may set flags.
func checkPattern(pattern string) (flags bool, err error) {
	if _, err := regexp.Compile(pattern); err != nil {
		return false, err
	}
	if pattern == "" {
		return false, errors.New("Java has no such pattern")
	}
	repeat := regexp.MustCompile(`^\{[0-9]+(,[0-9]*)?\}`)
	class := false
	for i := 0; i < len(pattern); i++ {
		switch rest := pattern[i:]; {
		case strings.HasPrefix(rest, `\Q`):
			end := strings.Index(rest, `\E`)
			if end < 0 {
				return flags, nil
			}
			i += end + 1
		case rest[0] == '\\':
			if len(rest) > 1 && strings.IndexByte("vCpPx", rest[1]) >= 0 {
				return false, fmt.Errorf("%s is not told here as in Java", rest[:2])
			}
			i++
		case !class && strings.HasPrefix(rest, "(?P"):
			return false, errors.New("Java has no such pattern")
		case !class && strings.HasPrefix(rest, "(?"):
			flags = true
		case !class && rest[0] == '{' && !repeat.MatchString(rest):
			return false, errors.New("Java has no { but as {n}, {n,} or {n,m}, and \\{")
		case class && (rest[0] == '[' || strings.HasPrefix(rest, "&&")):
			return false, errors.New("a set of characters within another is not told here")
		case rest[0] == '[':
			class = true
			if strings.HasPrefix(rest, "[]") || strings.HasPrefix(rest, "[^]") {
				return false, errors.New("a set of characters that begins with ] is not told here as in Java")
			}
		case rest[0] == ']':
			class = false
		}
	}
	return flags, nil
}
