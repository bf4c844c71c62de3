import com.fasterxml.jackson.databind.InjectableValues;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Map;
import java.util.concurrent.Executors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.druid.curator.CuratorConfig;
import org.apache.druid.curator.CuratorModule;
import org.apache.druid.curator.announcement.Announcer;
import org.apache.druid.curator.discovery.CuratorDruidLeaderSelector;
import org.apache.druid.curator.discovery.CuratorDruidNodeAnnouncer;
import org.apache.druid.curator.discovery.CuratorDruidNodeDiscoveryProvider;
import org.apache.druid.curator.discovery.CuratorServiceAnnouncer;
import org.apache.druid.discovery.DiscoveryDruidNode;
import org.apache.druid.discovery.DruidLeaderSelector;
import org.apache.druid.discovery.DruidService;
import org.apache.druid.discovery.NodeRole;
import org.apache.druid.discovery.WorkerNodeService;
import org.apache.druid.jackson.DefaultObjectMapper;
import org.apache.druid.java.util.common.DateTimes;
import org.apache.druid.server.DruidNode;
import org.apache.druid.server.initialization.ZkPathsConfig;

/**
 * Another process of a Druid cluster, as far as ZooKeeper is concerned, made of Druid's own classes. Arguments are the servers and the port
 * that it says to have. It does what lines of its input say, and answers each with one line; "leads" and "lost" come when it happens.
 */
class Neighbour
{
  static void say(String line)
  {
    System.out.println(line);
  }

  public static void main(String[] args) throws Exception
  {
    CuratorConfig config = CuratorConfig.create(args[0]);
    config.setZkSessionTimeoutMs(5000);
    CuratorFramework curator = CuratorModule.createCurator(config);
    curator.start();
    ObjectMapper mapper = new DefaultObjectMapper();
    mapper.setInjectableValues(new InjectableValues.Std().addValue(ObjectMapper.class, mapper));
    ZkPathsConfig paths = new ZkPathsConfig();
    DruidNode self = new DruidNode("druid/overlord", "localhost", false, Integer.valueOf(args[1]), null, true, false);
    Map<String, DruidService> work = Map.of("workerNodeService", new WorkerNodeService("10.0.0.1", 2, "0", "_default_worker_category"));
    DiscoveryDruidNode overlord = new DiscoveryDruidNode(self, NodeRole.OVERLORD, Map.of(), DateTimes.of("2026-11-27T17:31:35.001Z"));
    DiscoveryDruidNode worker = new DiscoveryDruidNode(self, NodeRole.MIDDLE_MANAGER, work, DateTimes.of("2026-11-27T17:31:35.001Z"));

    Announcer announcer = new Announcer(curator, Executors.newSingleThreadExecutor());
    announcer.start();
    CuratorDruidNodeAnnouncer nodes = new CuratorDruidNodeAnnouncer(announcer, paths, mapper);
    CuratorDruidNodeDiscoveryProvider directory = new CuratorDruidNodeDiscoveryProvider(curator, paths, mapper);
    directory.start();
    ServiceDiscovery<Void> discovery = ServiceDiscoveryBuilder.builder(Void.class).basePath("/druid/discovery").client(curator).build();
    discovery.start();
    CuratorServiceAnnouncer services = new CuratorServiceAnnouncer(discovery);
    CuratorDruidLeaderSelector selector = new CuratorDruidLeaderSelector(curator, self, "/druid/overlord/_OVERLORD");
    DruidLeaderSelector.Listener listener = new DruidLeaderSelector.Listener()
    {
      @Override
      public void becomeLeader()
      {
        say("leads");
      }

      @Override
      public void stopBeingLeader()
      {
        say("lost");
      }
    };

    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = input.readLine()) != null; ) {
      switch (line) {
        case "enter":
          selector.registerListener(listener);
          say("done");
          break;
        case "leave":
          selector.unregisterListener();
          say("done");
          break;
        case "leader":
          say(String.valueOf(selector.getCurrentLeader()));
          break;
        case "announce":
          nodes.announce(overlord);
          nodes.announce(worker);
          services.announce(self);
          say("done");
          break;
        case "withdraw":
          nodes.unannounce(overlord);
          nodes.unannounce(worker);
          services.unannounce(self);
          say("done");
          break;
        case "overlords":
          StringBuilder text = new StringBuilder();
          for (DiscoveryDruidNode n : directory.getForNodeRole(NodeRole.OVERLORD).getAllNodes()) {
            text.append(mapper.writeValueAsString(n));
          }
          say(text.toString());
          break;
        case "services":
          say(String.valueOf(discovery.queryForInstances("druid:overlord")));
          break;
        default:
          say("what is " + line + "?");
      }
    }
    curator.close();
    System.exit(0);
  }
}
