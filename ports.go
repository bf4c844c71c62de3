package ovate

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"ovate/internal/cluster"
	"ovate/internal/https"
)

// ports are where the server listens: without TLS, with it, or at two ports with both.
type ports struct {
	plain, secure net.Listener  // nil where it does not, and once they are closed
	keeper        *https.Keeper // nil without TLS

	plainAddr, secureAddr net.Addr
}

// listen takes the ports. With port 0 the port is known only from then on, and others need it: it is part of where tasks are.
func (s *Server) listen() (err error) {
	c, p := s.config, &s.ports
	if c.Listen != "" {
		if p.plain, err = net.Listen("tcp", c.Listen); err != nil {
			return fmt.Errorf("listen on %s: %w", c.Listen, err)
		}
		p.plainAddr = p.plain.Addr()
	}
	if !c.TLS.On {
		return nil
	}
	if p.keeper, err = https.Open(c.TLS.Server, s.log); err != nil {
		return fmt.Errorf("TLS: %w", err)
	}
	if p.secure, err = net.Listen("tcp", c.TLS.Listen); err != nil {
		return fmt.Errorf("listen on %s with TLS: %w", c.TLS.Listen, err)
	}
	p.secureAddr = p.secure.Addr()
	return nil
}

// start has the files for TLS be looked at from time to time.
func (p *ports) start() {
	if p.keeper != nil {
		p.keeper.Start()
	}
}

// doors are the listeners that a server of HTTP takes. Connections are counted before anything of TLS is said.
func (p *ports) doors(all *connections) (doors []net.Listener) {
	if p.plain != nil {
		doors = append(doors, all.at(p.plain))
	}
	if p.secure != nil {
		doors = append(doors, tls.NewListener(all.at(p.secure), p.keeper.Config()))
	}
	return doors
}

// closed notes that the listeners are closed.
func (p *ports) closed() { p.plain, p.secure = nil, nil }

// close gives back what is open.
func (p *ports) close() error {
	if p.keeper != nil {
		p.keeper.Stop()
	}
	var errs []error
	for _, l := range []net.Listener{p.plain, p.secure} {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	p.closed()
	return errors.Join(errs...)
}

// plaintext is the port without TLS; -1 if there is none.
func (p *ports) plaintext() int { return portOf(p.plainAddr) }

// tls is the port with TLS; -1 if there is none.
func (p *ports) tls() int { return portOf(p.secureAddr) }

func portOf(addr net.Addr) int {
	if addr, ok := addr.(*net.TCPAddr); ok {
		return addr.Port
	}
	return -1
}

// Addr is the host:port that the server listens on, the one without TLS if there are two.
func (s *Server) Addr() string {
	if s.ports.plainAddr == nil {
		return s.ports.secureAddr.String()
	}
	return s.ports.plainAddr.String()
}

// TLSAddr is the host:port that the server listens on with TLS; empty if it does not.
func (s *Server) TLSAddr() string {
	if s.ports.secureAddr == nil {
		return ""
	}
	return s.ports.secureAddr.String()
}

// node is what other servers know of this one: its URL is with TLS wherever there is TLS.
func (s *Server) node() cluster.Node {
	c := s.config
	return cluster.Node{Role: cluster.Overlord, Service: c.Service, Host: c.Host, PlaintextPort: s.ports.plaintext(), TLSPort: s.ports.tls()}
}
