package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// judgement is what is found out about one text.
type judgement struct {
	runs     int // pairs of runs, one a shell
	patched  int // java calls that got our options
	alone    int // java calls that stayed as they were
	reason   string
	failures []string
}

func (j *judgement) fail(s shell, format string, args ...any) {
	j.failures = append(j.failures, s.name+": "+fmt.Sprintf(format, args...))
}

// judge parses and runs a text in every shell that can parse it. Without a
// sandbox it parses only.
func judge(t text, shells []shell, box *sandbox) (j judgement) {
	if t.Before == t.After {
		return judgement{failures: []string{"the text is called patched, and it is the same as before"}}
	}
	for _, s := range shells {
		if err := s.parse(t.Before); err != nil {
			j.reason = fmt.Sprintf("%s cannot parse it", s.name) // a text for another shell.
			continue
		}
		if err := s.parse(t.After); err != nil {
			j.fail(s, "cannot parse it after the patch: %v", err)
			continue
		}
		if box == nil {
			continue
		}
		before, err := box.run(t, t.Before, s)
		if err != nil {
			j.fail(s, "could not be run: %v", err)
			continue
		}
		after, err := box.run(t, t.After, s)
		if err != nil {
			j.fail(s, "could not be run after the patch: %v", err)
			continue
		}
		j.runs++
		j.reason = before.reason()
		j.compare(t, s, before, after)
	}
	return j
}

// parse lets a shell of this machine parse a text and run nothing of it.
func (s shell) parse(script string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	argv := []string{"-n"}
	if s.name == "busybox" {
		argv = []string{"sh", "-n"}
	}
	command := exec.CommandContext(ctx, s.binary, argv...)
	command.Env, command.Stdin = []string{"LC_ALL=C.UTF-8"}, strings.NewReader(script)
	out, err := command.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// background finds an & that is no part of && or of a redirection. Calls on
// both sides of it, or of a pipe, come in any order.
var background = regexp.MustCompile(`(^|[^&>|])&($|[^&>0-9])|[^|]\|[^|]`)

func (j *judgement) compare(t text, s shell, before, after outcome) {
	javaBefore, otherBefore := split(before.calls)
	javaAfter, otherAfter := split(after.calls)
	if background.MatchString(t.Before) {
		byWords := func(a, b []string) int { return strings.Compare(withoutOurs(a), withoutOurs(b)) }
		slices.SortStableFunc(javaBefore, byWords)
		slices.SortStableFunc(javaAfter, byWords)
	}
	if before.timedOut || after.timedOut {
		// The clock can stop a loop anywhere: what both came to has to fit.
		shorter := min(len(javaBefore), len(javaAfter))
		javaBefore, javaAfter = javaBefore[:shorter], javaAfter[:shorter]
	} else {
		if before.code != after.code {
			j.fail(s, "exit code %d before, %d after (%s)", before.code, after.code, after.reason())
		}
		for i, words := range otherAfter {
			otherAfter[i] = withoutTracer(words)
		}
		slices.SortFunc(otherBefore, slices.Compare)
		slices.SortFunc(otherAfter, slices.Compare)
		if !slices.EqualFunc(otherBefore, otherAfter, slices.Equal) {
			j.fail(s, "other commands are called: %q before, %q after", otherBefore, otherAfter)
		}
	}
	if len(javaBefore) != len(javaAfter) {
		j.fail(s, "java is called %d times before, %d times after: %q, %q", len(javaBefore), len(javaAfter), javaBefore, javaAfter)
		return
	}
	var ours []string
	for i, was := range javaBefore {
		now := javaAfter[i]
		switch inserted, ok := insertion(was, now, t.Rewritten); {
		case !ok:
			j.fail(s, "java is called otherwise: %q before, %q after", was, now)
		case slices.Equal(was, now) && mustChange(t, was):
			j.fail(s, "java gets no option: %q", was)
		case slices.Equal(was, now):
			j.alone++
		default:
			j.patched++
			if hasOurs(was) {
				continue // it gets what it lacks.
			}
			if ours == nil {
				ours = inserted
			}
			// A variable in front of one call can settle what the other one gets.
			settled := strings.Contains(t.Before, "DD_") && (isPart(ours, inserted) || isPart(inserted, ours))
			if !slices.Equal(ours, inserted) && !settled {
				j.fail(s, "two calls get different options: %q, %q", ours, inserted)
			}
		}
	}
}

func split(calls [][]string) (java, other [][]string) {
	for _, call := range calls {
		if path.Base(call[0]) == "java" {
			java = append(java, call)
		} else {
			other = append(other, call)
		}
	}
	return java, other
}

// insertion returns the words that stand right behind java after the patch. It
// is not ok if anything else differs. A call that had options of ours before may
// get some anywhere, and lose them where its text is rewritten.
func insertion(was, now []string, rewritten bool) (words []string, ok bool) {
	if was[0] != now[0] {
		return nil, false
	}
	if count := len(now) - len(was); count >= 0 && slices.Equal(was[1:], now[1+count:]) {
		words = now[1 : 1+count]
		isAgentFirst := count == 0 || strings.HasPrefix(words[0], "-javaagent:/") || hasOurs(was)
		return words, isAgentFirst && !slices.ContainsFunc(words, isNoOption)
	}
	return nil, (rewritten || hasOurs(was)) && withoutOurs(was) == withoutOurs(now) &&
		slices.ContainsFunc(now, func(word string) bool { return strings.HasPrefix(word, "-javaagent:/") })
}

// isPart tells whether all words of one list are in another.
func isPart(some, all []string) bool {
	return !slices.ContainsFunc(some, func(word string) bool { return !slices.Contains(all, word) })
}

func isNoOption(word string) bool {
	return !strings.HasPrefix(word, "-javaagent:/") && !strings.HasPrefix(word, "-D") && !strings.HasPrefix(word, "-XX:")
}

func isOurs(word string) bool {
	return strings.HasPrefix(word, "-javaagent:") || strings.HasPrefix(word, "-Ddd.") || strings.HasPrefix(word, "-XX:FlightRecorderOptions")
}

// isDroppable tells whether a fix may take an option out: ours, and those of a
// recorder that the JVM does not have.
func isDroppable(word string) bool {
	return isOurs(word) || strings.HasPrefix(word, "-XX:StartFlightRecording")
}

func hasOurs(call []string) bool {
	return slices.ContainsFunc(strings.Fields(strings.Join(call, " ")), isOurs)
}

// withoutOurs joins what is left, so that joined arguments and split ones are
// the same.
func withoutOurs(call []string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(strings.Join(call, " ")), isDroppable), " ")
}

// javaWord finds the commands that can be java ones.
var javaWord = regexp.MustCompile(`(^|[\s;&|("'` + "`" + `/])java(["'\s]|$)`)

// mustChange tells whether a call is one that was to be patched: all launches of
// the text are, and there is no java in it that is not claimed as a launch.
func mustChange(t text, call []string) bool {
	return t.Patchable == t.Launches && len(javaWord.FindAllString(t.Before, -1)) <= t.Launches && !isQuestion(call)
}

// isQuestion tells whether a call only asks the JVM something.
func isQuestion(call []string) bool {
	questions := []string{"-version", "--version", "-fullversion", "-help", "--help", "-h", "-?", "-X", "--list-modules", "-XX:+PrintFlagsFinal"}
	return len(call) == 1 || slices.ContainsFunc(call, func(word string) bool { return slices.Contains(questions, word) })
}

// withoutTracer takes the flag that loads the Node tracer off a call of node:
// what it does there is for the real tracer to prove.
func withoutTracer(words []string) []string {
	if len(words) < 3 || words[0] != "node" {
		return words
	}
	flags := [][]string{{"--require", "dd-trace/init"}, {"--import", "dd-trace/initialize.mjs"}}
	for _, flag := range flags {
		if slices.Equal(words[1:3], flag) {
			return append([]string{"node"}, words[3:]...)
		}
	}
	return words
}
