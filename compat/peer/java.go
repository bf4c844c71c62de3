package peer

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// opens are the JDK's internals that Druid uses on Java 17.
var opens = [...]string{
	"--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
	"--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
	"--add-opens=java.base/java.lang=ALL-UNNAMED",
	"--add-opens=java.base/java.io=ALL-UNNAMED",
	"--add-opens=java.base/java.nio=ALL-UNNAMED",
	"--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED",
	"--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
}

// Java is a java with Druid's jars, as Install keeps them in lib, on its class path: for small programs that use Druid.
func Java(ctx context.Context, lib string, args ...string) *exec.Cmd {
	all := []string{"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m", "-Duser.timezone=UTC", "-Dfile.encoding=UTF-8",
		"-Ddruid.extensions.loadList=[]", "-cp", jars(lib)}
	return exec.CommandContext(ctx, javaCommand(), append(append(all, opens[:]...), args...)...)
}

// jars is the class path of all jars in a folder.
func jars(lib string) string { return filepath.Join(lib, "*") }

// javaCommand is the java of JAVA_HOME, or the one on the path.
func javaCommand() string {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		return filepath.Join(home, "bin", "java")
	}
	if path, err := exec.LookPath("java"); err == nil {
		return path
	}
	return "java"
}

// checkJava fails unless java is a Java 17.
func checkJava(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, javaCommand(), "-version").CombinedOutput()
	if err != nil {
		return fmt.Errorf("Druid needs a JDK 17: %w\n%s", err, out)
	}
	if !strings.Contains(string(out), ` version "17.`) {
		first, _, _ := bytes.Cut(out, []byte("\n"))
		return fmt.Errorf("Druid needs a JDK 17 (set JAVA_HOME), but %s is %s", javaCommand(), first)
	}
	return nil
}
