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
	// files adds what the image has beside a JVM and a shell.
	files func(*rootfs, parts)
}

// parts is what base images are made of.
type parts struct {
	jvms map[jvmKind]string // their folders
	// tomcat is the folder of a Tomcat as it is published, and app the jar of app/.
	tomcat, app string
}

var searchPath = "ENV PATH=" + javaHome + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// cacertScript does what the real one does at its end.
const cacertScript = "/__cacert_entrypoint.sh"

// bases is the table of them. A row per name that a FROM of services or
// failures uses.
var bases = []base{
	{"eclipse-temurin:17-jre", withRecorder, true, []string{searchPath, `ENTRYPOINT ["` + cacertScript + `"]`, `CMD ["jshell"]`}, nil},
	{"eclipse-temurin:17-jdk", withRecorder, true, []string{searchPath, `ENTRYPOINT ["` + cacertScript + `"]`, `CMD ["jshell"]`}, nil},
	{"amazoncorretto:17", withRecorder, true, []string{searchPath}, nil},
	{"gcr.io/distroless/java17-debian12", withRecorder, false, []string{`ENTRYPOINT ["/usr/bin/java", "-jar"]`}, nil},
	{"openjdk:8-jre-alpine", withoutRecorder, true, []string{searchPath}, nil},
	{"eclipse-temurin:8-jre", java8, true, []string{searchPath, `ENTRYPOINT ["` + cacertScript + `"]`}, nil},
	{"tomcat:9-jre17", withRecorder, true, []string{
		searchPath + ":" + tomcatHome + "/bin", "ENV JAVA_HOME=" + javaHome, "ENV CATALINA_HOME=" + tomcatHome, "WORKDIR " + tomcatHome,
		`CMD ["catalina.sh", "run"]`,
	}, addTomcat},
}

const tomcatHome = "/usr/local/tomcat"

// addTomcat takes Tomcat's own scripts. What they start is the class of that name in app/, which takes less
// time to come up than a server.
func addTomcat(r *rootfs, p parts) {
	r.copyTree(tomcatHome+"/bin", filepath.Join(p.tomcat, "bin"))
	r.copyFile(tomcatHome+"/bin/bootstrap.jar", p.app)
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
func (b base) write(to io.Writer, p parts) error {
	home, found := p.jvms[b.jvm]
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
	if b.files != nil {
		b.files(r, p)
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
