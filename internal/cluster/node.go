package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"

	"ovate/druid"
	"ovate/internal/jsontext"
)

// Node is a process of the cluster in one of its roles, as Druid's nodes announce themselves.
type Node struct {
	Role    Role
	Service string // druid.service, such as druid/overlord
	Host    string // without a port; IPv6 without brackets
	// PlaintextPort and TLSPort are where it listens; -1 where it does not.
	PlaintextPort, TLSPort int
	BindOnHost             bool
	// Services are what it offers others, such as workerNodeService, each as JSON.
	Services map[string]json.RawMessage
	// StartTime is when it started; 0 if it does not say.
	StartTime druid.Instant
}

// Address is host:port, with the port by which others should reach it: the one with TLS if there is one.
func (n Node) Address() string {
	port := n.PlaintextPort
	if n.TLSPort >= 0 {
		port = n.TLSPort
	}
	return net.JoinHostPort(n.Host, strconv.Itoa(port))
}

// Scheme is https if it listens with TLS, and else http.
func (n Node) Scheme() string {
	if n.TLSPort >= 0 {
		return "https"
	}
	return "http"
}

// URL is where others should reach it, and the id under which it stands for election: https://host:port.
func (n Node) URL() string { return n.Scheme() + "://" + n.Address() }

// Equal tells whether two announcements say the same.
func (n Node) Equal(o Node) bool {
	return n.Role == o.Role && n.Service == o.Service && n.Host == o.Host && n.PlaintextPort == o.PlaintextPort && n.TLSPort == o.TLSPort &&
		n.BindOnHost == o.BindOnHost && n.StartTime == o.StartTime && maps.EqualFunc(n.Services, o.Services, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) })
}

// check finds what no node can be reached with.
func (n Node) check() error {
	switch {
	case n.Host == "":
		return errors.New("it has no host")
	case CheckHost(n.Host) != nil:
		return CheckHost(n.Host)
	case n.PlaintextPort < 0 && n.TLSPort < 0:
		return errors.New("it has no port")
	case n.PlaintextPort > 65535 || n.TLSPort > 65535:
		return fmt.Errorf("its ports are %d and %d, and none is greater than 65535", n.PlaintextPort, n.TLSPort)
	}
	return nil
}

// MarshalJSON writes what Druid 33 writes, byte for byte; services in the order of their names.
func (n Node) MarshalJSON() ([]byte, error) {
	if err := n.check(); err != nil {
		return nil, fmt.Errorf("announcement of a node: %w", err)
	}
	dst := append(make([]byte, 0, 512), `{"druidNode":{"service":`...)
	dst = jsontext.AppendString(dst, []byte(n.Service))
	dst = append(dst, `,"host":`...)
	dst = jsontext.AppendString(dst, []byte(n.Host))
	dst = fmt.Appendf(dst, `,"bindOnHost":%t,"plaintextPort":%d,"port":-1,"tlsPort":%d,"enablePlaintextPort":%t,"enableTlsPort":%t},"nodeType":`,
		n.BindOnHost, max(n.PlaintextPort, -1), max(n.TLSPort, -1), n.PlaintextPort >= 0, n.TLSPort >= 0)
	dst = jsontext.AppendString(dst, []byte(n.Role))
	dst = append(dst, `,"services":{`...)
	for i, name := range slices.Sorted(maps.Keys(n.Services)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(jsontext.AppendString(dst, []byte(name)), ':')
		dst = append(dst, n.Services[name]...)
	}
	dst = append(dst, `},"startTime":"`...)
	return append(n.StartTime.AppendTo(dst), `"}`...), nil
}

// UnmarshalJSON reads what any version of Druid writes: members that are not known here are passed over.
func (n *Node) UnmarshalJSON(data []byte) error {
	var wire struct {
		DruidNode *struct {
			Service, Host          string
			BindOnHost             bool
			PlaintextPort, TLSPort *int
			EnablePlaintextPort    *bool
			EnableTLSPort          *bool
			Port                   *int
		}
		NodeType  Role
		Services  map[string]json.RawMessage
		StartTime *druid.Instant
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	if wire.DruidNode == nil {
		return errors.New("it has no druidNode")
	}
	d := wire.DruidNode
	*n = Node{Role: wire.NodeType, Service: d.Service, Host: d.Host, BindOnHost: d.BindOnHost, PlaintextPort: -1, TLSPort: -1, Services: wire.Services}
	switch {
	case d.EnablePlaintextPort != nil && !*d.EnablePlaintextPort:
	case d.PlaintextPort != nil:
		n.PlaintextPort = *d.PlaintextPort
	case d.Port != nil: // of versions before there was TLS
		n.PlaintextPort = *d.Port
	}
	if d.TLSPort != nil && (d.EnableTLSPort == nil || *d.EnableTLSPort) {
		n.TLSPort = *d.TLSPort
	}
	if wire.StartTime != nil {
		n.StartTime = *wire.StartTime
	}
	return n.check()
}
