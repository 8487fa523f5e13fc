package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// inserted are the options that the patch puts in, whatever the service.
func (s service) inserted(environment string) []string {
	agent := s.agent
	if agent == "" {
		agent = "/usr/agent/dd-java-agent.jar"
	}
	options := []string{
		"-javaagent:" + agent,
		"-Ddd.agent.host=localhost",
		"-Ddd.profiling.enabled=true",
		"-Ddd.logs.injection=true",
		"-Ddd.service=" + s.name,
		"-Ddd.env=" + environment,
	}
	if s.recorder {
		options = append(options, "-XX:FlightRecorderOptions=stackdepth=256")
	}
	return options
}

// judgeEnd compares the end of an untraced container with what it has to be, and
// tells it; arguments are those of the program, if it gets to run.
func judgeEnd(want outcome, arguments []string, got ended) (string, error) {
	if got.exit != want.exit {
		return "", fmt.Errorf("exit %d, not %d\n%s", got.exit, want.exit, lastLines(got.said()))
	}
	if want.exit != 0 {
		words := regexp.MustCompile(want.says).FindString(got.said())
		if words == "" {
			return "", fmt.Errorf("it does not say %q\n%s", want.says, lastLines(got.said()))
		}
		return fmt.Sprintf("exit %d, %s", got.exit, words), nil
	}
	text := "exit 0, no span"
	if want.traced {
		text = "exit 0, spans without service and env"
	}
	if want.arguments != nil {
		arguments = want.arguments
		text += fmt.Sprintf(", and the program gets %q", arguments)
	}
	return text, judgeArguments(arguments, got)
}

func judgeArguments(want []string, got ended) error {
	if arguments := printed(got.stdout, "argument"); !slices.Equal(arguments, want) {
		return fmt.Errorf("the program got the arguments %q, not %q\n%s", arguments, want, lastLines(got.said()))
	}
	return nil
}

// judgePatched holds a patched container to it: a good end, the program's
// arguments and the JVM's own options as they were, ours once each, and spans.
func judgePatched(s service, environment string, got ended, spans []span) error {
	if got.exit != 0 {
		return fmt.Errorf("exit %d\n%s", got.exit, lastLines(got.said()))
	}
	if err := judgeArguments(s.arguments, got); err != nil {
		return err
	}
	options := printed(got.stdout, "option")
	if len(options) >= len(quickStart) && slices.Equal(options[:len(quickStart)], quickStart) {
		options = options[len(quickStart):]
	}
	for _, option := range s.inserted(environment) {
		place := slices.Index(options, option)
		if place < 0 {
			return fmt.Errorf("the JVM did not get %s, but %q", option, printed(got.stdout, "option"))
		}
		options = slices.Delete(options, place, place+1)
	}
	if !slices.Equal(options, s.options) {
		return fmt.Errorf("beside ours the JVM got %q, not %q", options, s.options)
	}
	return judgeSpans(s.name, environment, spans)
}

func judgeSpans(service, environment string, spans []span) error {
	if len(spans) == 0 {
		return fmt.Errorf("no span of its request came to the trace agent")
	}
	for _, s := range spans {
		if s.Service != service || s.env() != environment {
			return fmt.Errorf("the span %s is of service %q, env %q", s.Name, s.Service, s.env())
		}
	}
	return nil
}

// printed lists what the program printed of one kind: see app/App.java.
func printed(stdout, kind string) (values []string) {
	for line := range strings.Lines(stdout) {
		if value, found := strings.CutPrefix(strings.TrimRight(line, "\r\n"), kind+": "); found {
			values = append(values, value)
		}
	}
	return values
}
