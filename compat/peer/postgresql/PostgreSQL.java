import com.google.common.base.Supplier;
import com.google.inject.Binder;
import com.google.inject.Inject;
import com.google.inject.Key;
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
import org.apache.druid.metadata.NoopMetadataStorageProvider;
import org.apache.druid.metadata.PostgreSQLMetadataStorageActionHandlerFactory;
import org.apache.druid.metadata.SQLMetadataConnector;
import org.apache.druid.segment.metadata.CentralizedDatasourceSchemaConfig;
import org.skife.jdbi.v2.DBI;
import org.skife.jdbi.v2.Handle;

/**
 * Makes PostgreSQL a metadata store of Druid. The extension of its release is not on Maven Central; all but the words in which PostgreSQL
 * differs is in Druid itself.
 */
public class PostgreSQL extends SQLMetadataStorageDruidModule implements DruidModule
{
  private static final String TYPE = "postgresql";

  public PostgreSQL()
  {
    super(TYPE);
  }

  @Override
  public void configure(Binder binder)
  {
    super.configure(binder);
    choose(binder, MetadataStorageProvider.class, NoopMetadataStorageProvider.class);
    choose(binder, MetadataStorageConnector.class, Connector.class);
    choose(binder, SQLMetadataConnector.class, Connector.class);
    choose(binder, MetadataStorageActionHandlerFactory.class, PostgreSQLMetadataStorageActionHandlerFactory.class);
  }

  private static <T> void choose(Binder binder, Class<T> what, Class<? extends T> how)
  {
    PolyBind.optionBinder(binder, Key.get(what)).addBinding(TYPE).to(how).in(LazySingleton.class);
  }

  public static class Connector extends SQLMetadataConnector
  {
    private final DBI database;

    @Inject
    public Connector(Supplier<MetadataStorageConnectorConfig> config, Supplier<MetadataStorageTablesConfig> tables, CentralizedDatasourceSchemaConfig schema)
    {
      super(config, tables, schema);
      BasicDataSource connections = getDatasource();
      connections.setDriverClassName("org.postgresql.Driver");
      database = new DBI(connections);
    }

    @Override
    public DBI getDBI()
    {
      return database;
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
    public String limitClause(int limit)
    {
      return "LIMIT " + limit;
    }

    @Override
    public boolean tableExists(Handle handle, String table)
    {
      return !handle.createQuery("SELECT 1 AS one FROM pg_tables WHERE schemaname = current_schema() AND tablename = :name")
          .bind("name", table.toLowerCase())
          .list()
          .isEmpty();
    }
  }
}
