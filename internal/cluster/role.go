package cluster

// Role is what a node is in the cluster, as Druid writes it in JSON.
type Role string

// The roles of Druid's processes.
const (
	Coordinator   Role = "coordinator"
	Historical    Role = "historical"
	Broker        Role = "broker"
	Overlord      Role = "overlord"
	Peon          Role = "peon"
	Router        Role = "router"
	MiddleManager Role = "middleManager"
	Indexer       Role = "indexer"
)
