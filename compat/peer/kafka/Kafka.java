import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.inject.Injector;
import com.google.inject.Key;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.apache.druid.cli.CliOverlord;
import org.apache.druid.data.input.kafka.KafkaTopicPartition;
import org.apache.druid.discovery.NodeRole;
import org.apache.druid.guice.StartupInjectorBuilder;
import org.apache.druid.guice.annotations.Json;
import org.apache.druid.indexing.common.task.Task;
import org.apache.druid.indexing.common.task.TaskResource;
import org.apache.druid.indexing.kafka.KafkaIndexTask;
import org.apache.druid.indexing.kafka.KafkaIndexTaskIOConfig;
import org.apache.druid.indexing.kafka.supervisor.KafkaSupervisorIOConfig;
import org.apache.druid.indexing.kafka.supervisor.KafkaSupervisorSpec;
import org.apache.druid.indexing.overlord.supervisor.SupervisorSpec;
import org.apache.druid.indexing.seekablestream.SeekableStreamEndSequenceNumbers;
import org.apache.druid.indexing.seekablestream.SeekableStreamStartSequenceNumbers;

/**
 * Answers each line, the spec of a supervisor of Kafka or one of its tasks, with what Druid's own classes make of it: {"spec":…,"task":…}, the spec as they
 * write it and a task that a supervisor would make by it; {"task":…}; or {"error":…}, why they refuse it.
 */
public class Kafka
{
  public static void main(String[] args) throws Exception
  {
    PrintStream answers = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    System.setOut(System.err); // where Druid logs
    Injector startup = new StartupInjectorBuilder().forServer().build();
    CliOverlord overlord = new CliOverlord();
    startup.injectMembers(overlord);
    ObjectMapper mapper = overlord.makeInjector(Set.of(NodeRole.OVERLORD)).getInstance(Key.get(ObjectMapper.class, Json.class));
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = lines.readLine()) != null; ) {
      answers.println(mapper.writeValueAsString(answer(mapper, line)));
    }
    answers.flush();
    System.exit(0); // threads of the Overlord would go on
  }

  private static ObjectNode answer(ObjectMapper mapper, String line)
  {
    ObjectNode said = mapper.createObjectNode();
    try {
      JsonNode type = mapper.readTree(line).path("type");
      if ("index_kafka".equals(type.asText())) {
        return said.set("task", tree(mapper, mapper.readValue(line, Task.class)));
      }
      KafkaSupervisorSpec spec = (KafkaSupervisorSpec) mapper.readValue(line, SupervisorSpec.class);
      said.set("spec", tree(mapper, spec));
      return said.set("task", tree(mapper, task(mapper, spec)));
    }
    catch (JsonMappingException e) {
      said.removeAll();
      return said.put("error", e.getOriginalMessage());
    }
    catch (Exception e) {
      said.removeAll();
      return said.put("error", String.valueOf(e));
    }
  }

  private static JsonNode tree(ObjectMapper mapper, Object value) throws Exception
  {
    return mapper.readTree(mapper.writeValueAsString(value));
  }

  /** What org.apache.druid.indexing.kafka.supervisor.KafkaSupervisor makes, of one partition. */
  private static Task task(ObjectMapper mapper, KafkaSupervisorSpec spec)
  {
    KafkaSupervisorIOConfig io = spec.getIoConfig();
    KafkaTopicPartition partition = new KafkaTopicPartition(io.isMultiTopic(), io.getStream(), 0);
    return new KafkaIndexTask(
        "base_aaaaaaaa",
        new TaskResource("base", 1),
        spec.getDataSchema(),
        spec.getTuningConfig().convertToTaskTuningConfig(),
        new KafkaIndexTaskIOConfig(
            0,
            "base",
            null,
            null,
            new SeekableStreamStartSequenceNumbers<>(io.getStream(), Map.of(partition, 5L), Set.of()),
            new SeekableStreamEndSequenceNumbers<>(io.getStream(), Map.of(partition, Long.MAX_VALUE)),
            io.getConsumerProperties(),
            io.getPollTimeout(),
            true,
            null,
            null,
            io.getInputFormat(),
            io.getConfigOverrides(),
            io.isMultiTopic(),
            io.getTaskDuration().getStandardMinutes()
        ),
        spec.getContext(),
        mapper
    );
  }
}
