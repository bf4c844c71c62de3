package api

// leader is GET leader: the address of the leading Overlord, bare, although the answer is labelled JSON. Druid's clients
// would trip over quotes.
func leader(c *call) error { return c.json([]byte(c.URL())) }

// isLeader is GET isLeader. A server that stands alone always leads.
func isLeader(c *call) error { return c.json([]byte(`{"leader":true}`)) }
