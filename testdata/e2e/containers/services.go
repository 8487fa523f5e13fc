package main

// service is one row of the table: a folder under services/ with a Dockerfile,
// which is built and started as it is, then patched and started again. The
// folder's name becomes dd.service.
type service struct {
	name string
	// options are those of the JVM and arguments those of the program, as the
	// Dockerfile has them; the patch leaves both as they are.
	options, arguments []string
	// recorder: the patch may insert FlightRecorderOptions.
	recorder bool
	// flags are entrypatch's, besides those that every service has.
	flags []string
	// before is what the Dockerfile as it is comes to; its zero value is a
	// program that runs untraced.
	before outcome
	// hereDocument: the Dockerfile has one, which engines read from Docker 23 on.
	hereDocument bool
	// agent is the path by which it is loaded, where the Dockerfile has another one than the patch.
	agent string
	// user: the program does not run as root, so the jar's mode matters.
	user bool
}

// outcome is how an untraced container has to end.
type outcome struct {
	exit int
	// says is a regular expression for its output, where the exit is not 0.
	says string
	// arguments are the program's, where they are not those of the table.
	arguments []string
	// traced: the tracer is there already, without its settings.
	traced bool
}

// noJar is what a JVM says of an agent that it cannot read.
const noJar = `Error opening zip file or JAR manifest missing`

// catalinaOptions are those that Tomcat's script hands to the JVM, with the one of setenv.sh.
var catalinaOptions = []string{
	"--add-opens=java.base/java.lang=ALL-UNNAMED", "--add-opens=java.base/java.io=ALL-UNNAMED",
	"--add-opens=java.base/java.util=ALL-UNNAMED", "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
	"--add-opens=java.rmi/sun.rmi.transport=ALL-UNNAMED", "-Dnop",
	"-Djava.util.logging.manager=org.apache.juli.ClassLoaderLogManager", "-Djdk.tls.ephemeralDHKeySize=2048",
	"-Djava.protocol.handler.pkgs=org.apache.catalina.webresources",
	"-Dorg.apache.catalina.security.SecurityListener.UMASK=0027", "-Xmx64m", "-Dignore.endorsed.dirs=",
	"-Dcatalina.base=" + tomcatHome, "-Dcatalina.home=" + tomcatHome, "-Djava.io.tmpdir=" + tomcatHome + "/temp",
}

// services is the table: a row here and a folder are a new one.

var services = []service{
	{name: "exec-form", recorder: true, options: []string{"-Xmx64m"}, arguments: []string{"one", "two words", `"three"`}},
	{name: "exec-form-over-lines", recorder: true, options: []string{"-Xmx64m", "-Dspring.profiles.active=production"}},
	{name: "shell-form", recorder: true, options: []string{"-Xmx64m"}, arguments: []string{"one", "two words"}},
	{name: "sh-c", recorder: true, options: []string{"-Xmx64m"}, arguments: []string{"one", "two words"}},
	{name: "tini", recorder: true, arguments: []string{"one"}},
	{name: "start-script", recorder: true, options: []string{"-Xmx64m"}, arguments: []string{"--from=script", "one", "two words"}},
	{name: "sh-reads-script", recorder: true, options: []string{"-Xmx64m"}, arguments: []string{"one", "two words"}},
	{name: "script-with-branches", recorder: true, options: []string{"-Xmx64m"}, arguments: []string{"one"}},
	{name: "script-runs-cmd", recorder: true, arguments: []string{"one"}},
	{name: "cmd-only", recorder: true, arguments: []string{"one"}},
	{name: "split-behind-java", recorder: true, options: []string{"-Xmx64m"}, arguments: []string{"one"}},
	{name: "split-behind-jar", recorder: true, arguments: []string{"one", "two words"}},
	{name: "class-path", recorder: true, arguments: []string{"-javaagent:mine.jar"}},
	{name: "multi-stage", recorder: true, arguments: []string{"one"}},
	{name: "inherited-stage", recorder: true, arguments: []string{"one"}},
	{name: "non-root", recorder: true, arguments: []string{"one"}, user: true},
	{name: "existing-jacoco", recorder: true, arguments: []string{"one"},
		options: []string{"-javaagent:/jacoco/jacocoagent.jar=destfile=/tmp/jacoco.exec"}},
	{name: "without-recorder", arguments: []string{"one"}},
	{name: "distroless", recorder: true, arguments: []string{"one"}},
	{name: "unseen-script", recorder: true, arguments: []string{"one"}, flags: []string{"--carrier", "env"}},
	{name: "malformed-quotes", recorder: true, arguments: []string{"one"},
		before: outcome{exit: 127, says: `\[java,: not found`}},
	{name: "malformed-comma", recorder: true, arguments: []string{"one"},
		before: outcome{exit: 127, says: `\[java,: not found`}},
	{name: "agent-without-jar", recorder: true, arguments: []string{"one"},
		before: outcome{exit: 1, says: noJar}},
	{name: "agent-behind-jar", recorder: true, arguments: []string{"one"},
		before: outcome{arguments: []string{"-javaagent:/usr/agent/dd-java-agent.jar", "one"}}},
	{name: "here-document", hereDocument: true, recorder: true, options: []string{"-Xmx64m"}, arguments: []string{"--from=script", "one", "two words"}},
	{name: "script-by-echo", recorder: true, options: []string{"-Xmx64m"}, arguments: []string{"one"}},
	{name: "tomcat-setenv", recorder: true, options: catalinaOptions, arguments: []string{"start"}},
	{name: "relative-agent", recorder: true, arguments: []string{"one"}, agent: "dd-java-agent.jar", before: outcome{traced: true}},
	{name: "java-8", recorder: true, options: []string{"-Xmx64m"}, arguments: []string{"one", "two words"}},
}

// failure is a patch as it must not be: a folder under failures/, and the end
// that its container comes to.
type failure struct {
	name string
	outcome
}

var failures = []failure{
	{"jar-missing", outcome{exit: 1, says: noJar}},
	{"jar-unreadable", outcome{exit: 1, says: noJar}},
	{"recorder-refused", outcome{exit: 1, says: `Unrecognized VM option 'FlightRecorderOptions|Module jdk\.jfr not found`}},
	{"agent-behind-jar", outcome{exit: 0, arguments: []string{"-javaagent:/usr/agent/dd-java-agent.jar", "one"}}},
}
