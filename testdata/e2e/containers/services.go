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
}

// noJar is what a JVM says of an agent that it cannot read.
const noJar = `Error opening zip file or JAR manifest missing`

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
