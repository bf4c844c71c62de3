import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.druid.cli.Main;

/**
 * Dump SEGMENT OUT [SEGMENT OUT]...: Druid's own dump-segment writes the rows of each segment, a folder, as JSON lines into a
 * file. One JVM for all of them saves most of the time. The exit code is the number of segments that gave no file.
 */
public class Dump {
  public static void main(String[] args) {
    int failed = 0;
    for (int i = 0; i + 1 < args.length; i += 2) {
      try {
        Main.main(new String[] {"tools", "dump-segment", "--directory", args[i], "--out", args[i + 1], "--time-iso8601"});
      } catch (Throwable e) {
        e.printStackTrace();
      }
      if (!Files.exists(Path.of(args[i + 1]))) {
        System.err.println("no rows of " + args[i]);
        failed++;
      }
    }
    System.exit(Math.min(failed, 100));
  }
}
