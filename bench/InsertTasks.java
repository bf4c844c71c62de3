import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;

/** Inserts rows into druid_tasks of a Derby database: one a line of standard input, columns separated by tabs. */
class InsertTasks {
  public static void main(String[] args) throws Exception {
    String sql = "INSERT INTO druid_tasks(id, created_date, datasource, payload, status_payload, active, type, group_id)"
        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    try (var connection = DriverManager.getConnection(args[0]);
        var insert = connection.prepareStatement(sql);
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      connection.setAutoCommit(false);
      for (String line; (line = lines.readLine()) != null; ) {
        String[] columns = line.split("\t");
        for (int i : new int[] {0, 1, 2, 6, 7}) {
          insert.setString(i + 1, columns[i]);
        }
        insert.setBytes(4, columns[3].getBytes(StandardCharsets.UTF_8));
        insert.setBytes(5, columns[4].getBytes(StandardCharsets.UTF_8));
        insert.setBoolean(6, Boolean.parseBoolean(columns[5]));
        insert.executeUpdate();
      }
      connection.commit();
    }
  }
}
