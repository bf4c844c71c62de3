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

// database is a kind of database that Druid may have its metadata in.
type database struct {
	name   string // of Druid's properties
	module string // that knows it: a class of databaseModules
	driver string // a dependency, which does not come with Druid
}

var postgreSQL = database{"postgresql", "Databases$PostgreSQL", dependency("org.postgresql", "postgresql", "42.7.2")}

// databaseModules are Druid's modules for databases, as the extensions are not on Maven Central.
//
//go:embed database/Databases.java
var databaseModules []byte

// InPostgreSQL are Druid's properties for metadata in a database of PostgreSQL.
func InPostgreSQL(uri, user, password string) map[string]string {
	return postgreSQL.properties(uri, user, password)
}

// properties are Druid's, for metadata in such a database.
func (d database) properties(uri, user, password string) properties {
	return properties{
		"druid.metadata.storage.type":                 d.name,
		"druid.metadata.storage.connector.connectURI": uri,
		"druid.metadata.storage.connector.user":       user,
		"druid.metadata.storage.connector.password":   password,
	}
}

// install makes what Druid needs to keep its metadata there, in dir. It returns what is to be on the class path.
func (d database) install(ctx context.Context, lib, dir string, output io.Writer) (classPath []string, err error) {
	driver, err := ensure(ctx, output, d.name+"-driver", d.driver)
	if err != nil {
		return nil, err
	}
	// Druid looks for modules as Java looks for services.
	services := filepath.Join(dir, "META-INF", "services")
	if err := os.MkdirAll(services, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(services, "org.apache.druid.initialization.DruidModule"), []byte(d.module+"\n"), 0o644); err != nil {
		return nil, err
	}
	source := filepath.Join(dir, "Databases.java")
	if err := os.WriteFile(source, databaseModules, 0o644); err != nil {
		return nil, err
	}
	all, err := filepath.Glob(filepath.Join(lib, "*.jar")) // the compiler knows no "*"
	if err != nil {
		return nil, err
	}
	compiler := Java(ctx, lib, "-m", "jdk.compiler/com.sun.tools.javac.Main", "-proc:none", "-cp", strings.Join(all, string(os.PathListSeparator)),
		"-d", dir, source)
	if out, err := compiler.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("compiling Druid's modules for databases: %w\n%s", err, out)
	}
	return []string{dir, jars(driver)}, nil
}
