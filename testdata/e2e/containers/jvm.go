package main

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// jvmKind is what matters of a JVM here.
type jvmKind int

const (
	// withRecorder is this machine's Java, as jlink makes a runtime of it.
	withRecorder jvmKind = iota
	// withoutRecorder is the same without jdk.jfr: it refuses FlightRecorderOptions.
	withoutRecorder
	// java8 is a Java 8, where Debian has one.
	java8
)

// modules are those that the tracer and the services need, and the compiler for
// the Dockerfiles that build their application.
const modules = "java.instrument,java.logging,java.management,java.naming,java.net.http,java.sql," +
	"jdk.compiler,jdk.httpserver,jdk.jartool,jdk.management,jdk.unsupported,jdk.zipfs"

// quickStart is built into the runtimes: a JVM that is to end after its first
// request is done in half the time. The JVM lists these among its options.
var quickStart = []string{"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"}

// findJVMs makes the runtimes that the cache does not have yet.
func findJVMs(cache, unpackedJava8 string) (map[jvmKind]string, error) {
	version, err := exec.Command("jlink", "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("jlink: %w", err)
	}
	jvms := map[jvmKind]string{}
	for kind, list := range map[jvmKind]string{withRecorder: modules + ",jdk.jfr", withoutRecorder: modules} {
		flags := []string{"--add-modules", list, "--add-options=" + strings.Join(quickStart, " "),
			"--strip-java-debug-attributes", "--no-man-pages", "--no-header-files"}
		home := filepath.Join(cache, runtimeName(string(version), flags))
		if err := makeRuntime(home, flags); err != nil {
			return nil, err
		}
		jvms[kind] = home
	}
	if unpackedJava8 != "" {
		jvms[java8] = unpackedJava8
	}
	return jvms, nil
}

// runtimeName is another one as soon as the runtime would be.
func runtimeName(version string, flags []string) string {
	hash := fnv.New32a()
	fmt.Fprint(hash, flags)
	return fmt.Sprintf("runtime-%s-%08x", strings.TrimSpace(version), hash.Sum32())
}

// makeRuntime makes it beside its place first: what is there is complete.
func makeRuntime(home string, flags []string) error {
	if _, err := os.Stat(home); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	fresh, err := os.MkdirTemp(filepath.Dir(home), "making-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	made := filepath.Join(fresh, "runtime")
	if err := quiet("jlink", append(flags, "--output", made)...); err != nil {
		return err
	}
	return os.Rename(made, home)
}

// sharedObjects lists the libraries of a JVM.
func sharedObjects(home string) (files []string, err error) {
	err = filepath.WalkDir(filepath.Join(home, "lib"), func(file string, entry fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(file) == ".so" {
			files = append(files, file)
		}
		return err
	})
	return files, err
}

// compile makes app.jar of the sources, for Java 8 and all later ones.
func compile(sources []string, folder string) (jar string, err error) {
	classes := filepath.Join(folder, "classes")
	jar = filepath.Join(folder, "app.jar")
	if err := quiet("javac", append([]string{"--release", "8", "-Xlint:-options", "-d", classes}, sources...)...); err != nil {
		return "", err
	}
	return jar, quiet("jar", "--create", "--file", jar, "--main-class", "App", "-C", classes, ".")
}

// quiet runs a command whose output matters only when it fails.
func quiet(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}
