import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.util.concurrent.Futures;
import com.google.inject.Injector;
import com.google.inject.Key;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.druid.cli.CliOverlord;
import org.apache.druid.client.DataSourcesSnapshot;
import org.apache.druid.client.indexing.ClientTaskQuery;
import org.apache.druid.client.indexing.IndexingTotalWorkerCapacityInfo;
import org.apache.druid.client.indexing.TaskPayloadResponse;
import org.apache.druid.discovery.NodeRole;
import org.apache.druid.guice.StartupInjectorBuilder;
import org.apache.druid.guice.annotations.Json;
import org.apache.druid.indexer.CompactionEngine;
import org.apache.druid.indexer.RunnerTaskState;
import org.apache.druid.indexer.TaskLocation;
import org.apache.druid.indexer.TaskState;
import org.apache.druid.indexer.TaskStatusPlus;
import org.apache.druid.java.util.common.CloseableIterators;
import org.apache.druid.java.util.common.DateTimes;
import org.apache.druid.java.util.common.parsers.CloseableIterator;
import org.apache.druid.rpc.indexing.OverlordClient;
import org.apache.druid.server.compaction.CompactionRunSimulator;
import org.apache.druid.server.compaction.CompactionStatusTracker;
import org.apache.druid.server.coordinator.DruidCompactionConfig;
import org.apache.druid.server.coordinator.duty.CompactSegments;
import org.apache.druid.server.coordinator.stats.CoordinatorRunStats;
import org.apache.druid.timeline.DataSegment;
import org.joda.time.Interval;

/** Answers each line, a world, with what Druid's scheduler of compaction does in it: the tasks that it submits and cancels, and what it tells. */
public class Compacts
{
  public static void main(String[] args) throws Exception
  {
    PrintStream answers = System.out;
    System.setOut(System.err); // where Druid logs
    Injector startup = new StartupInjectorBuilder().forServer().build();
    CliOverlord overlord = new CliOverlord();
    startup.injectMembers(overlord);
    ObjectMapper mapper = overlord.makeInjector(Set.of(NodeRole.OVERLORD)).getInstance(Key.get(ObjectMapper.class, Json.class));
    BufferedReader worlds = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = worlds.readLine()) != null; ) {
      ObjectNode answer;
      try {
        answer = new Compacts(mapper, mapper.readTree(line)).run();
      }
      catch (Exception e) {
        answer = mapper.createObjectNode().put("error", String.valueOf(e.getMessage()).replaceAll("(?s)\n.*", ""));
      }
      answers.println(mapper.writeValueAsString(answer));
    }
    answers.flush();
    System.exit(0); // threads of the Overlord would go on
  }

  private final ObjectMapper mapper;
  private final JsonNode world;
  private final ArrayNode tasks;
  private final ArrayNode cancelled;

  private Compacts(ObjectMapper mapper, JsonNode world)
  {
    this.mapper = mapper;
    this.world = world;
    tasks = mapper.createArrayNode();
    cancelled = mapper.createArrayNode();
  }

  private ObjectNode run() throws Exception
  {
    List<DataSegment> segments = mapper.convertValue(world.get("segments"), new TypeReference<List<DataSegment>>() {});
    DataSourcesSnapshot snapshot = DataSourcesSnapshot.fromUsedSegments(segments, DateTimes.nowUtc());
    DruidCompactionConfig config = mapper.convertValue(world.get("config"), DruidCompactionConfig.class);
    CompactionStatusTracker tracker = new CompactionStatusTracker(mapper);
    CompactSegments duty = new CompactSegments(tracker, client());
    ObjectNode answer = mapper.createObjectNode();
    JsonNode simulated = mapper.valueToTree(
        new CompactionRunSimulator(tracker, client()).simulateRunWithConfig(config, snapshot, CompactionEngine.NATIVE));
    tasks.removeAll();
    cancelled.removeAll();
    duty.run(config, snapshot, CompactionEngine.NATIVE, new CoordinatorRunStats());
    answer.set("tasks", tasks);
    answer.set("cancelled", cancelled);
    answer.set("statuses", mapper.valueToTree(new ArrayList<>(duty.getAutoCompactionSnapshot().values())));
    ((ObjectNode) simulated.get("compactionStates")).remove("SKIPPED"); // once for each bucket of time: megabytes
    answer.set("simulated", simulated.get("compactionStates"));
    return answer;
  }

  private OverlordClient client()
  {
    return (OverlordClient) Proxy.newProxyInstance(Compacts.class.getClassLoader(), new Class<?>[]{OverlordClient.class}, (self, method, args) -> {
      switch (method.getName()) {
        case "taskStatuses":
          return args.length == 3 ? Futures.immediateFuture(active()) : Futures.immediateFuture(Map.of());
        case "taskPayload":
          return Futures.immediateFuture(payload((String) args[0]));
        case "findLockedIntervals":
          return Futures.immediateFuture(locked());
        case "getTotalWorkerCapacity":
          return Futures.immediateFuture(new IndexingTotalWorkerCapacityInfo(world.get("slots").asInt(), -1));
        case "runTask":
          tasks.add(mapper.readTree(mapper.writeValueAsString(args[1])));
          return Futures.immediateFuture(null);
        case "cancelTask":
          cancelled.add((String) args[0]);
          return Futures.immediateFuture(null);
        case "isCompactionSupervisorEnabled":
          return Futures.immediateFuture(true);
        default:
          throw new UnsupportedOperationException(method.getName());
      }
    });
  }

  private CloseableIterator<TaskStatusPlus> active()
  {
    List<TaskStatusPlus> all = new ArrayList<>();
    for (JsonNode task : world.get("active")) {
      all.add(new TaskStatusPlus(
          task.get("id").asText(), null, "compact", DateTimes.nowUtc(), DateTimes.nowUtc(), TaskState.RUNNING, RunnerTaskState.RUNNING, null,
          TaskLocation.unknown(), task.get("dataSource").asText(), null
      ));
    }
    return CloseableIterators.withEmptyBaggage(all.iterator());
  }

  private TaskPayloadResponse payload(String id) throws Exception
  {
    for (JsonNode task : world.get("active")) {
      if (task.get("id").asText().equals(id)) {
        return new TaskPayloadResponse(id, mapper.treeToValue(task, ClientTaskQuery.class));
      }
    }
    return null;
  }

  private Map<String, List<Interval>> locked()
  {
    Map<String, List<Interval>> all = new LinkedHashMap<>();
    world.get("locked").fields().forEachRemaining(
        entry -> all.put(entry.getKey(), new ArrayList<>(mapper.convertValue(entry.getValue(), new TypeReference<List<Interval>>() {})))
    );
    return all;
  }
}
