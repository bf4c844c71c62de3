import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.druid.indexing.scheduledbatch.CronSchedulerConfig;
import org.apache.druid.indexing.scheduledbatch.QuartzCronSchedulerConfig;
import org.apache.druid.indexing.scheduledbatch.UnixCronSchedulerConfig;
import org.joda.time.DateTime;
import org.joda.time.DateTimeZone;

/**
 * Answers each line, which has a type of schedulers, perhaps with a zone behind it, a schedule and times in milliseconds, with when Druid would have it due
 * after each of these: "-" for never, "!" where that fails; or with "refused" and why.
 */
public class Cron
{
  public static void main(String[] args) throws Exception
  {
    PrintStream answers = System.out;
    System.setOut(System.err); // where Druid logs
    BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = questions.readLine()) != null; ) {
      String[] parts = line.split("\t", -1);
      answers.println(answer(parts[0], parts[1], parts[2].split(",")));
    }
    answers.flush();
    System.exit(0);
  }

  private static String answer(String type, String schedule, String[] times)
  {
    CronSchedulerConfig config;
    String[] typeAndZone = type.split(" ");
    DateTimeZone zone = typeAndZone.length > 1 ? DateTimeZone.forID(typeAndZone[1]) : DateTimeZone.UTC;
    try {
      config = typeAndZone[0].equals("unix") ? new UnixCronSchedulerConfig(schedule) : new QuartzCronSchedulerConfig(schedule);
    }
    catch (Exception e) {
      return ("refused " + e.getMessage()).replace('\n', ' ');
    }
    StringBuilder all = new StringBuilder();
    for (String time : times) {
      if (all.length() > 0) {
        all.append(',');
      }
      try {
        DateTime next = config.getNextTaskStartTimeAfter(new DateTime(Long.parseLong(time), zone));
        all.append(next == null ? "-" : String.valueOf(next.getMillis()));
      }
      catch (Exception e) {
        all.append('!');
      }
    }
    return all.toString();
  }
}
