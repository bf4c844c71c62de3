package peer

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// Keeper is a ZooKeeper server without a cluster.
type Keeper struct {
	dir     string
	address string
	args    []string
	process *process
}

// StartKeeper starts a server that was installed before. A session may time out after two ticks. The caller must call Stop.
func StartKeeper(ctx context.Context, tick time.Duration) (_ *Keeper, err error) {
	lib, err := Installed(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "ovate-keeper-")
	if err != nil {
		return nil, fmt.Errorf("folder for ZooKeeper: %w", err)
	}
	k := &Keeper{dir: dir}
	defer func() {
		if err != nil {
			k.Stop()
		}
	}()
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	k.address = fmt.Sprintf("127.0.0.1:%d", ports[0])
	path := filepath.Join(dir, "zoo.properties")
	settings := configuration{dir: dir, ports: map[Role]int{ZooKeeper: ports[0]}}.zooKeeper()
	settings["tickTime"] = strconv.FormatInt(tick.Milliseconds(), 10)
	settings["maxClientCnxns"] = "0"
	if err := settings.write(path); err != nil {
		return nil, err
	}
	k.args = []string{"-Xmx64m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dzookeeper.extendedTypesEnabled=true", "-cp", jars(lib),
		"org.apache.zookeeper.server.ZooKeeperServerMain", path}
	return k, k.Start(ctx)
}

// Address is host:port.
func (k *Keeper) Address() string { return k.address }

func (k *Keeper) port() (int, error) {
	_, port, err := net.SplitHostPort(k.address)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}

// Start starts the server again, with the data that it had when it was killed, and returns when it answers.
func (k *Keeper) Start(ctx context.Context) (err error) {
	if k.process, err = startProcess("zookeeper", filepath.Join(k.dir, "log"), k.dir, javaCommand(), k.args...); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err = Poll(ctx, func() (bool, error) {
		if err := k.process.lives(); err != nil {
			return false, err
		}
		conn, err := net.Dial("tcp", k.address)
		if err != nil {
			return false, nil
		}
		defer conn.Close()
		return answers(conn), nil
	})
	if err != nil {
		return fmt.Errorf("ZooKeeper did not come up: %w; the end of its log:\n%s", err, k.process.tail(4000))
	}
	return nil
}

// answers tells whether the server says how it is; it says nothing, or that it does not serve, while it starts.
func answers(conn net.Conn) bool {
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write([]byte("srvr")); err != nil {
		return false
	}
	answer := make([]byte, 9)
	n, _ := conn.Read(answer)
	return string(answer[:n]) == "Zookeeper"
}

// Kill ends the server, as kill -9 does.
func (k *Keeper) Kill() { k.process.kill() }

// Wipe removes all that a killed server has stored.
func (k *Keeper) Wipe() error { return os.RemoveAll(filepath.Join(k.dir, "zookeeper")) }

// Stop ends the server and removes its folder.
func (k *Keeper) Stop() {
	if k.process != nil {
		k.process.kill()
	}
	_ = os.RemoveAll(k.dir)
}
