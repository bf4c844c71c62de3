package https

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"ovate/internal/clock"
)

// Keeper keeps what a server speaks TLS with as its files have it. Make one with Open, let it look at them with Start, end that with Stop.
type Keeper struct {
	server Server
	log    *slog.Logger
	now    atomic.Pointer[loaded]

	mu   sync.Mutex // guards what follows
	seen [sha256.Size]byte
	stop func() // nil unless it looks
}

// Open reads the files. The error tells which cannot be used.
func Open(s Server, log *slog.Logger) (*Keeper, error) {
	k := &Keeper{server: s, log: log}
	k.seen = fingerprint(s.files())
	l, err := s.load()
	if err != nil {
		return nil, err
	}
	k.use(l)
	return k, nil
}

// use has the connections to come be made with what was read.
func (k *Keeper) use(l *loaded) {
	k.now.Store(l)
	leaf := l.config.Certificates[0].Leaf
	if time.Now().After(leaf.NotAfter) {
		k.log.Warn("the certificate of this server has expired: clients refuse it", "subject", leaf.Subject.String(), "expired", leaf.NotAfter)
	}
}

// Config is what a listener is made with. Each connection gets what was read last; those that there are keep what they were made with.
func (k *Keeper) Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		l := k.now.Load()
		if k.server.Clients == tls.NoClientCert || !k.server.ClientNames && l.revoked == nil {
			return l.config, nil
		}
		config := l.config.Clone()
		from := hello.Conn.RemoteAddr()
		config.VerifyConnection = func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return nil // none was shown, as it need not be
			}
			if k.server.ClientNames {
				if err := checkName(hello.Context(), state.PeerCertificates[0], from); err != nil {
					return err
				}
			}
			if l.revoked != nil {
				return l.revoked.check(state.VerifiedChains, time.Now())
			}
			return nil
		}
		return config, nil
	}}
}

// Start begins to look whether files change, if that is wanted.
func (k *Keeper) Start() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.server.Reload == 0 || k.stop != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() {
		for clock.Pause(ctx, k.server.Reload) {
			k.Look()
		}
	})
	k.stop = func() { cancel(); work.Wait() }
}

// Stop ends what Start began.
func (k *Keeper) Stop() {
	k.mu.Lock()
	stop := k.stop
	k.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// Look reads the files if they have changed since they were read last. What cannot be used is told in the log, once, and what there was before
// stays in use.
func (k *Keeper) Look() {
	found := fingerprint(k.server.files())
	k.mu.Lock()
	changed := found != k.seen
	k.seen = found
	k.mu.Unlock()
	if !changed {
		return
	}
	l, err := k.server.load()
	if err != nil {
		k.log.Error("the files for TLS have changed and cannot be used; what they held before stays in use until they can", "error", err)
		return
	}
	k.use(l)
	leaf := l.config.Certificates[0].Leaf
	k.log.Info("the files for TLS have changed and were read anew", "subject", leaf.Subject.String(), "serial", fmt.Sprintf("%x", leaf.SerialNumber), "until", leaf.NotAfter)
}

// fingerprint tells whether files hold the same. One that cannot be read holds nothing: whoever reads it then says why.
func fingerprint(files []string) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, file := range files {
		content, err := os.ReadFile(file)
		length := int64(len(content))
		if err != nil {
			length = -1
		}
		_ = binary.Write(h, binary.BigEndian, length) // a hash takes everything
		h.Write(content)
	}
	h.Sum(sum[:0])
	return sum
}
