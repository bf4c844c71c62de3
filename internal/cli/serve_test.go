package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"ovate/internal/bucket/buckettest"
)

// running is a server in a process of its own.
type running struct {
	cmd *exec.Cmd
	url string
	log *bytes.Buffer // complete once wait has returned
	out *bufio.Reader
}

// serving starts a program and returns once it says where it listens.
func serving(t *testing.T, cmd *exec.Cmd) *running {
	t.Helper()
	r := starting(t, cmd)
	line, err := r.out.ReadString('\n')
	url, listens := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !listens {
		t.Fatalf("it says %q, %v; log: %s", line, err, r.log)
	}
	r.url = url
	return r
}

// starting starts a program.
func starting(t *testing.T, cmd *exec.Cmd) *running {
	t.Helper()
	r := &running{cmd: cmd, log: new(bytes.Buffer)}
	cmd.Stderr = r.log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.out = bufio.NewReader(out)
	return r
}

// until reads what the program prints up to a line with a text in it.
func (r *running) until(t *testing.T, text string) {
	t.Helper()
	for {
		line, err := r.out.ReadString('\n')
		if err != nil {
			t.Fatalf("%q was not printed: %v; log: %s", text, err, r.log)
		}
		if strings.Contains(line, text) {
			return
		}
	}
}

// end sends a signal and returns what came of the program.
func (r *running) end(t *testing.T, signal os.Signal) result {
	t.Helper()
	if err := r.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r.out)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.cmd.Wait() // its error is the exit code, which result has
	return result{r.cmd.ProcessState.ExitCode(), string(out), r.log.String()}
}

func TestServe(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server := serving(t, command(t, "serve", "--listen", "127.0.0.1:0", "--data", data, "-D", "druid.extensions.directory=noop", "-D", "druid.extensions.loadList=[]", "-D", "druid.worker.capcity=2"))
	health, err := http.Get(server.url + "/status/health")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(health.Body)
	if err != nil || string(body) != "true" || health.Body.Close() != nil {
		t.Errorf("health: %s, %v", body, err)
	}
	run(t, "serve", "--listen", "127.0.0.1:0", "--data", data).expect(t, 1, data, "in use")
	run(t, "serve", "--listen", strings.TrimPrefix(server.url, "http://")).expect(t, 1, "already in use", "--listen HOST:PORT")
	cmd := command(t, "submit", "-", "--wait", "--url", server.url)
	cmd.Stdin = strings.NewReader(`{"type":"noop","id":"n","runTime":1}`)
	finish(t, cmd).expect(t, 0, "n\n", "SUCCESS")
	ended := server.end(t, syscall.SIGTERM)
	if warned := strings.Contains(ended.err, "runs as root"); warned != (os.Geteuid() == 0) {
		t.Errorf("warned of running as root: %v", warned)
	}
	ended.expect(t, 0, "did you mean druid.worker.capacity?", "druid.worker.capcity", "no effect here", "druid.extensions.directory, druid.extensions.loadList", "metadata opened", "metadata.db", "took=", "segments", "recovered", "took=", "started", "start=",
		"stopping", "requests ended", "took=", "tasks stopped", "took=", "folders released", "took=", "stopped", "took=")
}

func TestServeStartsAgainWithWhatItHad(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	first := serving(t, command(t, "serve", "--listen", "127.0.0.1:0", "--data", data))
	cmd := command(t, "submit", "-", "--wait", "--url", first.url)
	cmd.Stdin = strings.NewReader(`{"type":"noop","id":"n","runTime":1}`)
	finish(t, cmd).expect(t, 0)
	first.end(t, os.Interrupt).expect(t, 0, "stopped")
	second := serving(t, command(t, "serve", "--listen", "127.0.0.1:0", "--data", data))
	run(t, "tasks", "--url", second.url).expect(t, 0, "n ", "noop", "SUCCESS")
	second.end(t, syscall.SIGTERM).expect(t, 0)
}

func TestServeDryRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "runtime.properties")
	if err := os.WriteFile(file, []byte("druid.worker.capacity=3\ndruid.extensions.directory=noop\nthe.password=hush\ndruid.worker.capcity=3\ndruid.extensions.directory=logging\ndruid.extensions.directory=noop\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "serve", "--config", file, "--dry-run", "--data", "d", "-D", `druid.indexer.task.default.context={"a":1,"b":2}`)
	cmd.Env = append(cmd.Env, "druid_storage_zip=true")
	got := finish(t, cmd)
	got.expect(t, 0, "druid.extensions.directory", "runtime.properties:6 (no effect here) (counts, and not what line 5 says: the last of a file does)", "noop\n", `druid.indexer.task.default.context`, "-D ", `{"a":1,"b":2}`, "druid.storage.zip", "environment variable druid_storage_zip", "true\n",
		"druid.worker.capacity", "runtime.properties:1 ", "3\n", "druid.worker.capcity", "did you mean druid.worker.capacity?", "ovate.data", "--data ", cmd.Dir+"/d\n",
		"ovate.ingest.localRoots", "not set")
	if strings.Contains(got.out, "hush") {
		t.Error("a secret is shown")
	}
	local, remote := regexp.MustCompile(`druid\.indexer\.runner\.type +default +local\n`), regexp.MustCompile(`druid\.indexer\.runner\.type +default, with ZooKeeper +httpRemote\n`)
	if !local.MatchString(got.out) {
		t.Error("tasks do not run in this process")
	}
	if got := run(t, "serve", "-D", "druid.zk.service.host=zk", "--dry-run"); !remote.MatchString(got.out) {
		t.Errorf("beside ZooKeeper tasks do not run on workers:\n%s", got.out)
	}
}

func TestServeRefusesWrongValues(t *testing.T) {
	t.Parallel()
	run(t, "serve", "-D", "druid.storage.type=hdfs").expect(t, 2, `druid.storage.type = "hdfs" (-D): must be local or s3`)
	// Everything that is wrong is told at once.
	run(t, "serve", "-D", "druid.metadata.storage.type=derby", "-D", "druid.metadata.storage.connector.connectURI=jdbc:derby://h/d;password=hush;create=true", "-D", "druid.worker.capacity=0").
		expect(t, 2, `druid.metadata.storage.type = "derby"`, `password=***`, "must be jdbc:sqlite:FILE", `druid.worker.capacity = "0"`)
	run(t, "serve", "--config", "none.properties").expect(t, 2, "none.properties", "no such file")
	run(t, "serve", "--listen", "nowhere").expect(t, 2, `ovate.listen = "nowhere" (--listen): must be HOST:PORT`)
	run(t, "serve", "--listen", "192.0.2.1:1").expect(t, 2, `ovate.listen = "192.0.2.1:1" (--listen)`, "add --insecure (ovate.insecure=true)")
	run(t, "serve", "--listen", "192.0.2.1:1", "--insecure").expect(t, 1, "192.0.2.1:1")
}

// TestDryRunRefusesWhatAStartRefuses: of the address of a database, too, which the store reads; what is secret in it is shown by neither.
func TestDryRunRefusesWhatAStartRefuses(t *testing.T) {
	t.Parallel()
	for uri, says := range map[string]string{
		"jdbc:postgresql://bob:hush@127.0.0.1:1/db":    "user and password must stand in druid.metadata.storage.connector.user",
		"jdbc:postgresql://bob:hu/sh@127.0.0.1:1/db":   "",
		"jdbc:mysql://bob:hush@127.0.0.1:1/db":         "user and password must stand in druid.metadata.storage.connector.user",
		"jdbc:postgresql://127.0.0.1:1/db?sslzzz=hush": "sslzzz",
		"jdbc:postgresql://127.0.0.1:1/":               "name of a database",
	} {
		kind := "postgresql"
		if strings.HasPrefix(uri, "jdbc:mysql") {
			kind = "mysql"
		}
		args := []string{"serve", "--listen", "127.0.0.1:0", "-D", "druid.metadata.storage.type=" + kind, "-D", "druid.metadata.storage.connector.connectURI=" + uri}
		dry := run(t, append(args, "--dry-run")...).without(t, "hush").without(t, "hu/sh")
		if says == "" {
			continue // a database may have such a name
		}
		dry.expect(t, 2, says)
		run(t, args...).without(t, "hush").expect(t, 2, says)
	}
}

// TestServeAsksForBuckets: a server begins at once, whatever becomes of its buckets, and ends if one cannot be right.
func TestServeAsksForBuckets(t *testing.T) {
	t.Parallel()
	s3 := buckettest.Start(t)
	serve := func(bucket, secret string) *exec.Cmd {
		return command(t, "serve", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "-D", "druid.storage.type=s3", "-D", "druid.storage.bucket="+bucket, "-D", "druid.s3.endpoint.url="+s3.URL,
			"-D", "druid.s3.enablePathStyleAccess=true", "-D", "druid.s3.accessKey="+s3.AccessKey, "-D", "druid.s3.secretKey="+secret)
	}
	finish(t, serve("nope", s3.SecretKey)).expect(t, 2, `druid.storage.bucket = "nope" (-D): must be a bucket that is there: `+s3.URL+" has none of that name")
	finish(t, serve(s3.Bucket, "hidden")).without(t, "hidden").expect(t, 2, `druid.s3.secretKey = "***" (-D): must be the secret key of druid.s3.accessKey`)
	run(t, "serve", "--dry-run", "-D", "druid.storage.type=s3", "-D", "druid.storage.bucket=s3://deep").expect(t, 2, `druid.storage.bucket = "s3://deep" (-D): must be the name of a bucket`)

	asked := make(chan struct{}, 1)
	s3.Fault(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
		asked <- struct{}{}
		<-r.Context().Done() // which is when nobody waits for an answer any more
	})
	silent := serving(t, serve(s3.Bucket, s3.SecretKey))
	<-asked
	silent.end(t, syscall.SIGTERM).without(t, "could not be asked for").expect(t, 0, "folders released")
}

// TestStoppedWhileItStarts stops a server before it listens.
func TestStoppedWhileItStarts(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var out, errs bytes.Buffer
	code := Main(ctx, []string{"serve", "--listen", "127.0.0.1:0", "--data", t.TempDir()}, &Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
	if code != 0 || out.Len() > 0 || !strings.Contains(errs.String(), "stopped before it had started") {
		t.Errorf("exit code %d, %q, %q", code, out.String(), errs.String())
	}
}

// The log is JSON where a flag, or else a property, asks for it, from the level on that is asked for.
func TestServeLog(t *testing.T) {
	t.Parallel()
	server := starting(t, command(t, "serve", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "--log-format", "json", "--log-level", "info", "-D", "ovate.log.level=error"))
	said, err := server.out.ReadString('\n')
	var listening struct {
		Msg string
		At  []string
	}
	if json.Unmarshal([]byte(said), &listening) != nil || listening.Msg != "listening" || len(listening.At) != 1 || err != nil {
		t.Errorf("it says %q, %v", said, err)
	}
	result := server.end(t, syscall.SIGTERM)
	if !strings.Contains(result.err, `"took":"`) || result.out != "" {
		t.Errorf("durations have no unit, or more is said: %s%s", result.err, result.out)
	}
	for line := range strings.Lines(result.err) {
		var entry struct{ Time, Level, Msg string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Level == "" || entry.Msg == "" {
			t.Errorf("%s: %v", line, err)
		}
	}
	quiet := serving(t, command(t, "serve", "--listen", "127.0.0.1:0", "--data", t.TempDir(), "-D", "ovate.log.level=error"))
	if said := quiet.end(t, syscall.SIGTERM).err; said != "" {
		t.Errorf("said at level error: %s", said)
	}
	run(t, "serve", "--log-format", "json", "--dry-run").expect(t, 0, "ovate.log.format", "--log-format", "json\n")
	run(t, "serve", "--log-level", "loud").expect(t, 2, "--log-level")
}
