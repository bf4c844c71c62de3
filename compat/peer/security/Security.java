import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.druid.jackson.DefaultObjectMapper;
import org.apache.druid.security.basic.BasicAuthUtils;
import org.apache.druid.security.basic.authentication.db.cache.BasicAuthenticatorCacheManager;
import org.apache.druid.security.basic.authentication.validator.MetadataStoreCredentialsValidator;
import org.apache.druid.security.basic.authorization.BasicRoleBasedAuthorizer;
import org.apache.druid.security.basic.authorization.MetadataStoreRoleProvider;
import org.apache.druid.security.basic.authorization.db.cache.BasicAuthorizerCacheManager;
import org.apache.druid.security.basic.authorization.entity.UserAndRoleMap;
import org.apache.druid.server.security.Action;
import org.apache.druid.server.security.AuthenticationResult;
import org.apache.druid.server.security.Resource;

/**
 * Answers each line with what Druid's basic security says: of {"users", "user", "password"} whether the user may log in, and of {"grants", "user", "action",
 * "type", "name"} whether the user may do that; "refused" where it cannot read the maps.
 */
public class Security
{
  private static final ObjectMapper JSON = new DefaultObjectMapper();

  public static void main(String[] args) throws Exception
  {
    PrintStream answers = new PrintStream(System.out, false, "UTF-8");
    System.setOut(System.err); // where Druid logs
    BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = questions.readLine()) != null; ) {
      answers.println(answer(JSON.readTree(line)));
    }
    answers.flush();
    System.exit(0);
  }

  private static String answer(JsonNode q) throws Exception
  {
    try {
      return String.valueOf(q.has("password") ? login(q) : permits(q));
    }
    catch (Exception e) {
      return "refused";
    }
  }

  private static boolean login(JsonNode q) throws Exception
  {
    Map<?, ?> users = (Map<?, ?>) JSON.readValue(q.get("users").toString(), BasicAuthUtils.AUTHENTICATOR_USER_MAP_TYPE_REFERENCE);
    BasicAuthenticatorCacheManager cache = tells(BasicAuthenticatorCacheManager.class, (of, method, args) -> users);
    try {
      return new MetadataStoreCredentialsValidator(() -> cache)
          .validateCredentials("db", "roles", q.get("user").asText(), q.get("password").asText().toCharArray()) != null;
    }
    catch (org.apache.druid.security.basic.BasicSecurityAuthenticationException e) {
      return false;
    }
  }

  private static boolean permits(JsonNode q) throws Exception
  {
    UserAndRoleMap grants = JSON.readValue(q.get("grants").toString(), UserAndRoleMap.class);
    BasicAuthorizerCacheManager cache = tells(
        BasicAuthorizerCacheManager.class,
        (of, method, args) -> method.getName().equals("getUserMap") ? grants.getUserMap() : grants.getRoleMap()
    );
    return new BasicRoleBasedAuthorizer(cache, "roles", null, null, null, null, null, new MetadataStoreRoleProvider(cache)).authorize(
        new AuthenticationResult(q.get("user").asText(), "roles", "db", null),
        new Resource(q.get("name").asText(), q.get("type").asText()),
        Action.valueOf(q.get("action").asText())
    ).isAllowed();
  }

  private static <T> T tells(Class<T> what, InvocationHandler answer)
  {
    return what.cast(Proxy.newProxyInstance(what.getClassLoader(), new Class<?>[]{what}, answer));
  }
}
