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

// services are those of Druid. Sigar is left out because it is not on Maven Central; Druid does without it.
func services() string {
	return dependency("org.apache.druid", "druid-services", Version) + dependency("org.apache.druid", "druid-indexing-service", Version)
}

// dependency is one of Maven's.
func dependency(group, artifact, version string) string {
	return fmt.Sprintf(`<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version>
<exclusions><exclusion><groupId>org.hyperic</groupId><artifactId>sigar</artifactId></exclusion></exclusions></dependency>
`, group, artifact, version)
}

// pom asks Maven for the jars of dependencies and of all that they need.
const pom = `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>ovate</groupId><artifactId>peer</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>%s</dependencies>
</project>
`

// copyDependencies is the Maven goal, with the plugin's version pinned.
const copyDependencies = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"

// Install makes sure that Druid's jars are in the user's cache folder, some 190 MB, and returns the folder. The first
// time takes as long as the download.
func Install(ctx context.Context, output io.Writer) (lib string, err error) {
	if err := checkJava(ctx); err != nil {
		return "", err
	}
	return ensure(ctx, output, "druid-"+Version, services())
}

// ensure makes sure that the jars of dependencies are in a folder of the user's cache. The folder appears whole or not at all, so an
// interrupted install is simply repeated.
func ensure(ctx context.Context, output io.Writer, name, dependencies string) (lib string, err error) {
	cache, err := cacheFolder()
	if err != nil {
		return "", err
	}
	lib = filepath.Join(cache, name)
	if _, err := os.Stat(lib); err == nil {
		return lib, nil
	}
	began := time.Now()
	fmt.Fprintf(output, "fetching %s from Maven Central into %s (once)\n", name, lib)
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("where to keep %s: %w", name, err)
	}
	work, err := os.MkdirTemp(cache, "fetching-")
	if err != nil {
		return "", fmt.Errorf("where to keep %s: %w", name, err)
	}
	defer os.RemoveAll(work)
	if err := fetch(ctx, work, dependencies); err != nil {
		return "", fmt.Errorf("fetching %s: %w", name, err)
	}
	if err := os.Rename(filepath.Join(work, "lib"), lib); err != nil {
		if _, other := os.Stat(lib); other == nil { // another process was faster
			return lib, nil
		}
		return "", fmt.Errorf("keeping %s: %w", name, err)
	}
	fmt.Fprintf(output, "fetched %s in %.0f s\n", name, time.Since(began).Seconds())
	return lib, nil
}

// Installed is the folder of Druid's jars, if Install has been here before; nothing is fetched.
func Installed(ctx context.Context) (lib string, err error) {
	cache, err := cacheFolder()
	if err != nil {
		return "", err
	}
	lib = filepath.Join(cache, "druid-"+Version)
	if _, err := os.Stat(lib); err != nil {
		return "", fmt.Errorf("Druid was not fetched yet, which \"make peer-test\" does: %w", err)
	}
	return lib, checkJava(ctx)
}

// cacheFolder is where all that was fetched is kept.
func cacheFolder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("where to keep Druid: %w", err)
	}
	return filepath.Join(cache, "ovate-peer"), nil
}

// fetch has Maven put all jars of dependencies into work/lib.
func fetch(ctx context.Context, work, dependencies string) error {
	if _, err := exec.LookPath("mvn"); err != nil {
		return fmt.Errorf("Maven is needed: %w", err)
	}
	path := filepath.Join(work, "pom.xml")
	if err := os.WriteFile(path, fmt.Appendf(nil, pom, dependencies), 0o644); err != nil {
		return err
	}
	mvn := exec.CommandContext(ctx, "mvn", "-q", "-B", "-f", path, copyDependencies,
		"-DoutputDirectory="+filepath.Join(work, "lib"), "-DincludeScope=runtime")
	if out, err := mvn.CombinedOutput(); err != nil {
		return fmt.Errorf("Maven: %w\n%s", err, out)
	}
	return nil
}
