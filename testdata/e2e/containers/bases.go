package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const javaHome = "/opt/java/openjdk"

// base is an image that Dockerfiles start from. No registry is asked: it is
// made here, with the name and the configuration of the real one.
type base struct {
	name    string
	jvm     jvmKind
	shell   bool
	changes []string // instructions for the image's configuration
}

var searchPath = "ENV PATH=" + javaHome + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// cacertScript does what the real one does at its end.
const cacertScript = "/__cacert_entrypoint.sh"

// bases is the table of them. A row per name that a FROM of services or
// failures uses.
var bases = []base{
	{"eclipse-temurin:17-jre", withRecorder, true, []string{searchPath, `ENTRYPOINT ["` + cacertScript + `"]`, `CMD ["jshell"]`}},
	{"eclipse-temurin:17-jdk", withRecorder, true, []string{searchPath, `ENTRYPOINT ["` + cacertScript + `"]`, `CMD ["jshell"]`}},
	{"amazoncorretto:17", withRecorder, true, []string{searchPath}},
	{"gcr.io/distroless/java17-debian12", withRecorder, false, []string{`ENTRYPOINT ["/usr/bin/java", "-jar"]`}},
	{"openjdk:8-jre-alpine", withoutRecorder, true, []string{searchPath}},
	{"eclipse-temurin:8-jre", java8, true, []string{searchPath, `ENTRYPOINT ["` + cacertScript + `"]`}},
}

func baseNamed(name string) (base, bool) {
	for _, b := range bases {
		if b.name == name {
			return b, true
		}
	}
	return base{}, false
}

// write writes the file system of the image.
func (b base) write(to io.Writer, jvms map[jvmKind]string) error {
	home, found := jvms[b.jvm]
	if !found {
		return fmt.Errorf("%s: there is no JVM for it", b.name)
	}
	r := newRootfs(to)
	if b.jvm == java8 {
		if err := addUnpackedJava8(r, home); err != nil {
			return err
		}
	} else {
		r.copyTree(javaHome, home)
		binaries, err := sharedObjects(home)
		if err != nil {
			return err
		}
		// apt-get is there for the C++ library, which the profiler wants.
		r.addLibraries(append(binaries, filepath.Join(home, "bin/java"), "/usr/bin/apt-get")...)
	}
	r.link("usr/bin/java", javaHome+"/bin/java")
	if b.shell {
		r.addShell()
		r.file(cacertScript, 0o755, []byte("#!/bin/sh\nexec \"$@\"\n"))
		if b.jvm != java8 {
			// A real Dockerfile installs it with a RUN, which needs a network.
			r.copyFile("usr/bin/tini", "/usr/bin/tini")
			r.addLibraries("/usr/bin/tini")
		}
	}
	return r.close()
}

// addUnpackedJava8 takes Debian packages as they were unpacked: the JVM, and
// the C library that it was built with.
func addUnpackedJava8(r *rootfs, unpacked string) error {
	homes, err := filepath.Glob(filepath.Join(unpacked, "usr/lib/jvm/java-8-openjdk-*/jre"))
	if err != nil || len(homes) != 1 {
		return fmt.Errorf("%s holds %d JVMs", unpacked, len(homes))
	}
	inside, err := filepath.Rel(unpacked, homes[0])
	if err != nil {
		return err
	}
	for _, folder := range []string{"etc", "usr/lib", "usr/lib64"} {
		if _, err := os.Stat(filepath.Join(unpacked, folder)); err == nil {
			r.copyTree(folder, filepath.Join(unpacked, folder))
		}
	}
	r.link(javaHome, "/"+filepath.ToSlash(inside))
	return nil
}
