package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"ovate/internal/jsontext"
	"ovate/internal/smile"
)

// Grants is what an authorizer knows, in Druid's shape: which roles users have, and what roles permit.
type Grants struct {
	Users map[string]Granted `json:"userMap"`
	Roles map[string]Role    `json:"roleMap"`
}

// Granted is a user of an authorizer.
type Granted struct {
	Name  string   `json:"name"`
	Roles []string `json:"roles"`
}

// Role is a set of permissions.
type Role struct {
	Name        string           `json:"name"`
	Permissions []ResourceAction `json:"permissions"`
}

// ResourceAction is what a role permits: an action on the resources of a type whose names match a regular expression as a whole.
type ResourceAction struct {
	Resource struct {
		Name string `json:"name"`
		Type string `json:"type"`
	} `json:"resource"`
	Action Action `json:"action"`
}

// Permit makes a ResourceAction.
func Permit(a Action, kind, pattern string) (p ResourceAction) {
	p.Action, p.Resource.Type, p.Resource.Name = a, kind, pattern
	return p
}

// UnmarshalJSON reads the form of requests, and the one that is stored, which has the pattern beside it.
func (p *ResourceAction) UnmarshalJSON(text []byte) error {
	type plain ResourceAction
	var stored struct {
		Within *plain `json:"resourceAction"`
	}
	if err := json.Unmarshal(text, &stored); err != nil {
		return err
	}
	if stored.Within != nil {
		*p = ResourceAction(*stored.Within)
		return nil
	}
	return json.Unmarshal(text, (*plain)(p))
}

// authenticatorUser is an entry of the user map of an authenticator.
type authenticatorUser struct {
	Name        string       `json:"name"`
	Credentials *Credentials `json:"credentials"`
}

// mostMap is the most bytes that a map may have as JSON.
const mostMap = 64 << 20

// readMap reads a map that Druid has written, as Smile, or one that was written here, as JSON.
func readMap(text []byte, into any) error {
	if bytes.HasPrefix(text, []byte(":)\n")) {
		var err error
		text, err = smile.Decode(text, func(size int) error {
			if size > mostMap {
				return fmt.Errorf("it has more than %d bytes", mostMap)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if string(bytes.TrimSpace(text)) == "null" || len(text) == 0 {
		return errors.New("there is none")
	}
	return jsontext.Unmarshal(text, into)
}

// ReadUsers reads the user map of an authenticator.
func ReadUsers(text []byte) (map[string]*Credentials, error) {
	var stored map[string]authenticatorUser
	if err := readMap(text, &stored); err != nil {
		return nil, fmt.Errorf("user map: %w", err)
	}
	users := make(map[string]*Credentials, len(stored))
	for name, user := range stored {
		users[name] = user.Credentials
	}
	return users, nil
}

// writeUsers writes what ReadUsers reads.
func writeUsers(users map[string]*Credentials) ([]byte, error) {
	stored := make(map[string]authenticatorUser, len(users))
	for name, credentials := range users {
		stored[name] = authenticatorUser{name, credentials}
	}
	return json.Marshal(stored)
}

// ReadGrants reads the user map and the role map of an authorizer.
func ReadGrants(text []byte) (*Grants, error) {
	g := Grants{Users: map[string]Granted{}, Roles: map[string]Role{}}
	if err := readMap(text, &g); err != nil {
		return nil, fmt.Errorf("user map and role map: %w", err)
	}
	return &g, nil
}
