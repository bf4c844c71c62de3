package v1

import (
	_ "embed"
	"net/http"
)

// description is everything that this package and Druid's own surface serve, as OpenAPI 3.1.
//
//go:embed openapi.json
var description []byte

// openAPI is GET openapi.json.
func openAPI(c *call) error {
	c.begin(http.StatusOK, "application/json")
	c.send(description)
	return nil
}
