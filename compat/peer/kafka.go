package peer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// KafkaVersion is the Kafka from which streams are read.
const KafkaVersion = "3.9.0"

// Kafka is one broker of a real Kafka, which is its own controller. It comes back to the same port with what it had.
type Kafka struct {
	dir     string
	address string
	args    []string // of java
	process *process
	client  *kgo.Client
	// Admin asks it for everything but records.
	Admin *kadm.Client
}

// kafkaLog has Kafka log warnings, to its standard output.
const kafkaLog = `log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d{ISO8601} %p %c - %m%n
`

// StartKafka installs Kafka if this machine has never done so, starts a broker without topics and returns when it answers. The caller must call Stop.
func StartKafka(ctx context.Context, output io.Writer) (_ *Kafka, err error) {
	if err := checkJava(ctx); err != nil {
		return nil, err
	}
	lib, err := ensure(ctx, output, "kafka-broker-"+KafkaVersion, dependency("org.apache.kafka", "kafka_2.13", KafkaVersion))
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "ovate-kafka-")
	if err != nil {
		return nil, fmt.Errorf("folder for Kafka: %w", err)
	}
	k := &Kafka{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, k.Stop())
		}
	}()
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	k.address = fmt.Sprintf("127.0.0.1:%d", ports[0])
	settings, log := filepath.Join(dir, "server.properties"), filepath.Join(dir, "log4j.properties")
	if err := errors.Join(k.settings(ports[0], ports[1]).write(settings), os.WriteFile(log, []byte(kafkaLog), 0o644)); err != nil {
		return nil, err
	}
	java := []string{"-Xmx320m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dlog4j.configuration=file:" + log, "-cp", jars(lib)}
	format, err := startProcess("format", filepath.Join(dir, "format.log"), dir, javaCommand(),
		append(java, "kafka.tools.StorageTool", "format", "-t", "ovateovateovateovateAA", "-c", settings)...)
	if err != nil {
		return nil, err
	}
	if <-format.ended; format.err != nil {
		return nil, fmt.Errorf("Kafka's folder cannot be made: %w\n%s", format.err, format.tail(4000))
	}
	k.args = append(java, "kafka.Kafka", settings)
	if k.client, err = kgo.NewClient(kgo.SeedBrokers(k.address), kgo.MetadataMinAge(100*time.Millisecond)); err != nil {
		return nil, err
	}
	k.Admin = kadm.NewClient(k.client)
	return k, k.Start(ctx)
}

// settings are those of a broker with the ports of itself and of its controller. It takes records of 100 MB, and forgets a topic at once.
func (k *Kafka) settings(broker, controller int) properties {
	return properties{
		"process.roles":                            "broker,controller",
		"node.id":                                  "1",
		"controller.quorum.voters":                 fmt.Sprintf("1@127.0.0.1:%d", controller),
		"listeners":                                fmt.Sprintf("PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d", broker, controller),
		"advertised.listeners":                     fmt.Sprintf("PLAINTEXT://127.0.0.1:%d", broker),
		"controller.listener.names":                "CONTROLLER",
		"listener.security.protocol.map":           "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"log.dirs":                                 filepath.Join(k.dir, "data"),
		"offsets.topic.replication.factor":         "1",
		"transaction.state.log.replication.factor": "1",
		"transaction.state.log.min.isr":            "1",
		"auto.create.topics.enable":                "false",
		"message.max.bytes":                        strconv.Itoa(100 << 20),
		"socket.request.max.bytes":                 strconv.Itoa(110 << 20),
		"log.segment.delete.delay.ms":              "0",
		"file.delete.delay.ms":                     "0",
	}
}

// Address is host:port.
func (k *Kafka) Address() string { return k.address }

// Start starts the broker again, with what it had when it ended, and returns when it answers.
func (k *Kafka) Start(ctx context.Context) (err error) {
	if k.process, err = startProcess("kafka", filepath.Join(k.dir, "log"), k.dir, javaCommand(), k.args...); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err = Poll(ctx, func() (bool, error) {
		if err := k.process.lives(); err != nil {
			return false, err
		}
		asked, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err := k.Admin.ListTopics(asked)
		return err == nil, nil
	})
	if err != nil {
		return fmt.Errorf("Kafka did not come up: %w; the end of its log:\n%s", err, k.process.tail(4000))
	}
	return nil
}

// Kill ends the broker, as kill -9 does.
func (k *Kafka) Kill() { k.process.kill() }

// Freeze has the broker say nothing, and keep its connections, until Thaw.
func (k *Kafka) Freeze() error { return k.process.freeze() }

// Thaw has a frozen broker go on.
func (k *Kafka) Thaw() error { return k.process.thaw() }

// Create makes a topic.
func (k *Kafka) Create(ctx context.Context, topic string, partitions int) error {
	if _, err := k.Admin.CreateTopic(ctx, int32(partitions), 1, nil, topic); err != nil {
		return fmt.Errorf("making topic %s: %w", topic, err)
	}
	return k.await(ctx, topic, partitions)
}

// Grow gives a topic more partitions.
func (k *Kafka) Grow(ctx context.Context, topic string, partitions int) error {
	answers, err := k.Admin.UpdatePartitions(ctx, partitions, topic)
	if err := errors.Join(err, answers.Error()); err != nil {
		return fmt.Errorf("giving topic %s %d partitions: %w", topic, partitions, err)
	}
	return k.await(ctx, topic, partitions)
}

// Delete removes a topic with all that is in it.
func (k *Kafka) Delete(ctx context.Context, topic string) error {
	if _, err := k.Admin.DeleteTopic(ctx, topic); err != nil {
		return fmt.Errorf("removing topic %s: %w", topic, err)
	}
	k.client.PurgeTopicsFromClient(topic) // another of this name has another id
	return k.await(ctx, topic, 0)
}

// await returns once the broker tells of so many partitions, and answers for them.
func (k *Kafka) await(ctx context.Context, topic string, partitions int) error {
	return Poll(ctx, func() (bool, error) {
		ends, err := k.Admin.ListEndOffsets(ctx, topic)
		return err == nil && ends.Error() == nil && len(ends[topic]) == partitions || partitions == 0 && ends.Error() != nil, nil
	})
}

// Ends are the offsets after the last record of each partition, by its number.
func (k *Kafka) Ends(ctx context.Context, topic string) (map[string]int64, error) {
	return offsetsOf(topic)(k.Admin.ListEndOffsets(ctx, topic))
}

// offsetsOf are those of a topic.
func offsetsOf(topic string) func(kadm.ListedOffsets, error) (map[string]int64, error) {
	return func(all kadm.ListedOffsets, err error) (map[string]int64, error) {
		if err := errors.Join(err, all.Error()); err != nil {
			return nil, fmt.Errorf("offsets of topic %s: %w", topic, err)
		}
		offsets := map[string]int64{}
		for partition, o := range all[topic] {
			offsets[strconv.Itoa(int(partition))] = o.Offset
		}
		return offsets, nil
	}
}

// Trim has the broker forget all records before these offsets.
func (k *Kafka) Trim(ctx context.Context, topic string, before map[int32]int64) error {
	var offsets kadm.Offsets
	for partition, at := range before {
		offsets.Add(kadm.Offset{Topic: topic, Partition: partition, At: at})
	}
	answers, err := k.Admin.DeleteRecords(ctx, offsets)
	if err := errors.Join(err, answers.Error()); err != nil {
		return fmt.Errorf("removing records of topic %s: %w", topic, err)
	}
	return nil
}

// Said is the end of the broker's log.
func (k *Kafka) Said() string {
	if k.process == nil {
		return ""
	}
	return strings.TrimSpace(k.process.tail(4000))
}

// Stop ends the broker and removes its folder.
func (k *Kafka) Stop() error {
	if k.process != nil {
		k.process.kill()
	}
	if k.client != nil {
		k.client.Close()
	}
	return os.RemoveAll(k.dir)
}
