package peer

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// postgreSQLDriver is the version of the driver, which does not come with Druid.
const postgreSQLDriver = "42.7.2"

// postgreSQLModule is Druid's module for PostgreSQL, as the extension is not on Maven Central.
//
//go:embed postgresql/PostgreSQL.java
var postgreSQLModule []byte

// inPostgreSQL are Druid's properties for metadata in a database of PostgreSQL.
func inPostgreSQL(uri, user, password string) properties {
	return properties{
		"druid.metadata.storage.type":                 "postgresql",
		"druid.metadata.storage.connector.connectURI": uri,
		"druid.metadata.storage.connector.user":       user,
		"druid.metadata.storage.connector.password":   password,
	}
}

// installPostgreSQL makes what Druid needs to keep its metadata in PostgreSQL, in dir. It returns what is to be on the class path.
func installPostgreSQL(ctx context.Context, lib, dir string, output io.Writer) (classPath []string, err error) {
	driver, err := ensure(ctx, output, "postgresql-"+postgreSQLDriver, dependency("org.postgresql", "postgresql", postgreSQLDriver))
	if err != nil {
		return nil, err
	}
	// Druid looks for modules as Java looks for services.
	services := filepath.Join(dir, "META-INF", "services")
	if err := os.MkdirAll(services, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(services, "org.apache.druid.initialization.DruidModule"), []byte("PostgreSQL\n"), 0o644); err != nil {
		return nil, err
	}
	source := filepath.Join(dir, "PostgreSQL.java")
	if err := os.WriteFile(source, postgreSQLModule, 0o644); err != nil {
		return nil, err
	}
	all, err := filepath.Glob(filepath.Join(lib, "*.jar")) // the compiler knows no "*"
	if err != nil {
		return nil, err
	}
	compiler := Java(ctx, lib, "-m", "jdk.compiler/com.sun.tools.javac.Main", "-proc:none", "-cp", strings.Join(all, string(os.PathListSeparator)),
		"-d", dir, source)
	if out, err := compiler.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compiling Druid's module for PostgreSQL: %w\n%s", err, out)
	}
	return []string{dir, jars(driver)}, nil
}
