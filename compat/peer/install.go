package peer

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Version is the Druid that judges.
const Version = "33.0.0"

// pom names Druid's services as the only dependency, and asks Maven for the jars of all that they need. Sigar is left out
// because it is not on Maven Central; Druid does without it.
const pom = `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>ovate</groupId><artifactId>peer</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.druid</groupId><artifactId>druid-services</artifactId><version>` + Version + `</version>
      <exclusions><exclusion><groupId>org.hyperic</groupId><artifactId>sigar</artifactId></exclusion></exclusions>
    </dependency>
    <dependency>
      <groupId>org.apache.druid</groupId><artifactId>druid-indexing-service</artifactId><version>` + Version + `</version>
      <exclusions><exclusion><groupId>org.hyperic</groupId><artifactId>sigar</artifactId></exclusion></exclusions>
    </dependency>
  </dependencies>
</project>
`

// copyDependencies is the Maven goal, with the plugin's version pinned.
const copyDependencies = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"

// Install makes sure that Druid's jars are in the user's cache folder, some 190 MB, and returns the folder. The first
// time takes as long as the download. The folder appears whole or not at all, so an interrupted install is simply repeated.
func Install(ctx context.Context, output io.Writer) (lib string, err error) {
	if err := checkJava(ctx); err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("where to keep Druid: %w", err)
	}
	cache = filepath.Join(cache, "ovate-peer")
	lib = filepath.Join(cache, "druid-"+Version)
	if _, err := os.Stat(lib); err == nil {
		return lib, nil
	}
	began := time.Now()
	fmt.Fprintf(output, "fetching Druid %s from Maven Central into %s (once)\n", Version, lib)
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("where to keep Druid: %w", err)
	}
	work, err := os.MkdirTemp(cache, "fetching-")
	if err != nil {
		return "", fmt.Errorf("where to keep Druid: %w", err)
	}
	defer os.RemoveAll(work)
	if err := fetch(ctx, work); err != nil {
		return "", err
	}
	if err := os.Rename(filepath.Join(work, "lib"), lib); err != nil {
		if _, other := os.Stat(lib); other == nil { // another process was faster
			return lib, nil
		}
		return "", fmt.Errorf("keeping Druid: %w", err)
	}
	fmt.Fprintf(output, "fetched Druid in %.0f s\n", time.Since(began).Seconds())
	return lib, nil
}

// fetch has Maven put all jars into work/lib.
func fetch(ctx context.Context, work string) error {
	if _, err := exec.LookPath("mvn"); err != nil {
		return fmt.Errorf("fetching Druid needs Maven: %w", err)
	}
	path := filepath.Join(work, "pom.xml")
	if err := os.WriteFile(path, []byte(pom), 0o644); err != nil {
		return fmt.Errorf("fetching Druid: %w", err)
	}
	mvn := exec.CommandContext(ctx, "mvn", "-q", "-B", "-f", path, copyDependencies,
		"-DoutputDirectory="+filepath.Join(work, "lib"), "-DincludeScope=runtime")
	if out, err := mvn.CombinedOutput(); err != nil {
		return fmt.Errorf("fetching Druid with Maven: %w\n%s", err, out)
	}
	return nil
}
