import com.google.common.base.Supplier;
import com.google.inject.Binder;
import com.google.inject.Inject;
import com.google.inject.Key;
import java.util.List;
import org.apache.commons.dbcp2.BasicDataSource;
import org.apache.druid.guice.LazySingleton;
import org.apache.druid.guice.PolyBind;
import org.apache.druid.guice.SQLMetadataStorageDruidModule;
import org.apache.druid.initialization.DruidModule;
import org.apache.druid.metadata.MetadataStorageActionHandlerFactory;
import org.apache.druid.metadata.MetadataStorageConnector;
import org.apache.druid.metadata.MetadataStorageConnectorConfig;
import org.apache.druid.metadata.MetadataStorageProvider;
import org.apache.druid.metadata.MetadataStorageTablesConfig;
import org.apache.druid.metadata.MySQLMetadataStorageActionHandlerFactory;
import org.apache.druid.metadata.NoopMetadataStorageProvider;
import org.apache.druid.metadata.PostgreSQLMetadataStorageActionHandlerFactory;
import org.apache.druid.metadata.SQLMetadataConnector;
import org.apache.druid.segment.metadata.CentralizedDatasourceSchemaConfig;
import org.skife.jdbi.v2.DBI;
import org.skife.jdbi.v2.Handle;

/**
 * Makes PostgreSQL and MySQL (or MariaDB) metadata stores of Druid. The extensions of its release are not on Maven Central; all but the words in
 * which they differ is in Druid itself.
 */
public class Databases
{
  /** One kind of database. */
  private abstract static class Module extends SQLMetadataStorageDruidModule implements DruidModule
  {
    private final String type;
    private final Class<? extends SQLMetadataConnector> connector;
    private final Class<? extends MetadataStorageActionHandlerFactory> tasks;

    Module(String type, Class<? extends SQLMetadataConnector> connector, Class<? extends MetadataStorageActionHandlerFactory> tasks)
    {
      super(type);
      this.type = type;
      this.connector = connector;
      this.tasks = tasks;
    }

    @Override
    public void configure(Binder binder)
    {
      super.configure(binder);
      choose(binder, MetadataStorageProvider.class, NoopMetadataStorageProvider.class);
      choose(binder, MetadataStorageConnector.class, connector);
      choose(binder, SQLMetadataConnector.class, connector);
      choose(binder, MetadataStorageActionHandlerFactory.class, tasks);
    }

    private <T> void choose(Binder binder, Class<T> what, Class<? extends T> how)
    {
      PolyBind.optionBinder(binder, Key.get(what)).addBinding(type).to(how).in(LazySingleton.class);
    }
  }

  /** What the connections of both have in common. */
  private abstract static class Connector extends SQLMetadataConnector
  {
    private final DBI database;

    Connector(
        String driver,
        List<String> first,
        Supplier<MetadataStorageConnectorConfig> config,
        Supplier<MetadataStorageTablesConfig> tables,
        CentralizedDatasourceSchemaConfig schema
    )
    {
      super(config, tables, schema);
      BasicDataSource connections = getDatasource();
      connections.setDriverClassName(driver);
      connections.setConnectionInitSqls(first);
      database = new DBI(connections);
    }

    @Override
    public DBI getDBI()
    {
      return database;
    }

    @Override
    public String limitClause(int limit)
    {
      return "LIMIT " + limit;
    }

    @Override
    public boolean tableExists(Handle handle, String table)
    {
      return !handle.createQuery("SELECT 1 AS present FROM information_schema.tables WHERE table_schema = " + currentSchema() + " AND table_name = :name")
          .bind("name", asStored(table))
          .list()
          .isEmpty();
    }

    abstract String currentSchema();

    abstract String asStored(String table);
  }

  public static class PostgreSQL extends Module
  {
    public PostgreSQL()
    {
      super("postgresql", PostgreSQLConnector.class, PostgreSQLMetadataStorageActionHandlerFactory.class);
    }
  }

  public static class PostgreSQLConnector extends Connector
  {
    @Inject
    public PostgreSQLConnector(
        Supplier<MetadataStorageConnectorConfig> config,
        Supplier<MetadataStorageTablesConfig> tables,
        CentralizedDatasourceSchemaConfig schema
    )
    {
      super("org.postgresql.Driver", List.of(), config, tables, schema);
    }

    @Override
    public String getPayloadType()
    {
      return "BYTEA";
    }

    @Override
    public String getSerialType()
    {
      return "BIGSERIAL";
    }

    @Override
    public String getQuoteString()
    {
      return "\\\""; // for a template, in which a mere quote ends a text
    }

    @Override
    public int getStreamingFetchSize()
    {
      return 100;
    }

    @Override
    String currentSchema()
    {
      return "current_schema()";
    }

    @Override
    String asStored(String table)
    {
      return table.toLowerCase();
    }
  }

  public static class MySQL extends Module
  {
    public MySQL()
    {
      super("mysql", MySQLConnector.class, MySQLMetadataStorageActionHandlerFactory.class);
    }
  }

  public static class MySQLConnector extends Connector
  {
    @Inject
    public MySQLConnector(
        Supplier<MetadataStorageConnectorConfig> config,
        Supplier<MetadataStorageTablesConfig> tables,
        CentralizedDatasourceSchemaConfig schema
    )
    {
      super("com.mysql.cj.jdbc.Driver", List.of("SET sql_mode='ANSI_QUOTES'"), config, tables, schema);
    }

    @Override
    public String getPayloadType()
    {
      return "LONGBLOB";
    }

    @Override
    public String getSerialType()
    {
      return "BIGINT(20) AUTO_INCREMENT";
    }

    @Override
    public String getCollation()
    {
      return "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
    }

    @Override
    public String getQuoteString()
    {
      return "`";
    }

    @Override
    public int getStreamingFetchSize()
    {
      return Integer.MIN_VALUE; // row by row
    }

    @Override
    String currentSchema()
    {
      return "DATABASE()";
    }

    @Override
    String asStored(String table)
    {
      return table;
    }
  }
}
