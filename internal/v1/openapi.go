package v1

import (
	_ "embed"
	"net/http"
	"slices"
)

//go:embed openapi.json
var description []byte

// Description is everything that this package and Druid's own surface serve, as OpenAPI 3.1.
func Description() []byte { return slices.Clone(description) }

// openAPI is GET openapi.json.
func openAPI(c *call) error {
	c.begin(http.StatusOK, "application/json")
	c.send(description)
	return nil
}
