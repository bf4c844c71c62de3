import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.inject.Injector;
import com.google.inject.Key;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.apache.druid.cli.CliOverlord;
import org.apache.druid.discovery.NodeRole;
import org.apache.druid.guice.StartupInjectorBuilder;
import org.apache.druid.guice.annotations.Json;
import org.apache.druid.indexing.common.task.Task;

/** Answers each line, a task, with what Druid's Overlord says when it reads one: nothing, or why it refuses it. */
public class Taken
{
  public static void main(String[] args) throws Exception
  {
    PrintStream answers = System.out;
    System.setOut(System.err); // where Druid logs
    Injector startup = new StartupInjectorBuilder().forServer().build();
    CliOverlord overlord = new CliOverlord();
    startup.injectMembers(overlord);
    ObjectMapper mapper = overlord.makeInjector(Set.of(NodeRole.OVERLORD)).getInstance(Key.get(ObjectMapper.class, Json.class));
    BufferedReader tasks = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = tasks.readLine()) != null; ) {
      answers.println(refusal(mapper, line));
    }
    answers.flush();
    System.exit(0); // threads of the Overlord would go on
  }

  private static String refusal(ObjectMapper mapper, String task)
  {
    try {
      mapper.readValue(task, Task.class);
      return "";
    }
    catch (JsonMappingException e) {
      return e.getOriginalMessage().replace('\n', ' ');
    }
    catch (Exception e) {
      return String.valueOf(e.getMessage()).replace('\n', ' ');
    }
  }
}
