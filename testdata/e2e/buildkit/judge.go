package main

import (
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
)

// image is the place of the launch that the built image has; a place from 0 on
// is a stage.
const image = -1

// judge compares the claims about one Dockerfile with BuildKit's readings of
// its bytes before and after `fix`; it may be patchable by what is started in its place.
func (p *prover) judge(claim fileClaim, before, after string, patchable bool, r *result) {
	for _, launch := range claim.Launches {
		r.Verdicts = append(r.Verdicts, launch.Verdict)
		if launch.isPatchable() {
			r.Patched = append(r.Patched, launch.Form)
			patchable = true
		}
		if launch.isPatchable() != (launch.PatchedArgv != nil) {
			r.disagree("patched_argv does not fit the verdict", launch.Verdict, nil)
		}
	}
	if !patchable && before != after {
		r.disagree("bytes changed without a patchable launch", nil, nil)
	}

	was := readDockerfile(claim.Path, []byte(before), p.target())
	r.Notes = was.Notes
	accused := slices.ContainsFunc(claim.Findings, func(f findingClaim) bool { return f.Rule == "dockerfile-syntax" })
	if accused != (was.Error != nil) {
		r.disagree("syntax", map[string]bool{"dockerfile-syntax": accused}, map[string]any{"error": was.Error})
	}
	if was.Error != nil {
		p.judgeRejected(claim, before, after, r)
		return
	}
	judgeBefore(claim, was, r)
	if p.requireLaunch && len(claim.Launches) == 0 && startsJava(was.Launch) {
		r.disagree("java start without a launch", nil, was.Launch.Argv)
	}

	now := readDockerfile(claim.Path, []byte(after), p.target())
	if now.Error != nil {
		r.disagree("fixed file is rejected", nil, now.Error)
		return
	}
	judgeAfter(claim, was, now, r)
	if !reflect.DeepEqual(was.Syntax, now.Syntax) {
		r.disagree("syntax directive changed by fix", was.Syntax, now.Syntax)
	}
	judgeEnvironment(claim, was, now, r)
	changes := compareInstructions(was.Instructions, now.Instructions, editsOf(claim), r)
	if changes != nil {
		compareBytes(before, after, changes, claim.isRewritten(), r)
	}
}

// judgeRejected: a file that does not build may only change where the report
// says so, and must then start what it claims.
func (p *prover) judgeRejected(claim fileClaim, before, after string, r *result) {
	fixable := slices.ContainsFunc(claim.Findings, func(f findingClaim) bool {
		return f.Rule == "dockerfile-syntax" && f.Fix == "available"
	})
	if before == after {
		if fixable {
			r.disagree("a file that is rejected was not fixed", nil, nil)
		}
		return
	}
	now := readDockerfile(claim.Path, []byte(after), p.target())
	if !fixable || now.Error != nil || len(claim.Launches) != 1 {
		r.disagree("a file that is rejected was changed", fixable, now.Error)
		return
	}
	if argv := now.argv(image); !slices.Equal(claim.Launches[0].PatchedArgv, argv) {
		r.disagree("patched_argv", claim.Launches[0].PatchedArgv, argv)
	}
}

func judgeBefore(claim fileClaim, was Reading, r *result) {
	for i, launch := range claim.Launches {
		if argv := was.argv(placeOf(was, i, launch)); launch.isDockersArgv() && !slices.Equal(launch.Argv, argv) {
			r.disagree("argv", launch.Argv, argv)
		}
	}
}

// judgeAfter wants at each place the patched argv that is claimed for it, or
// else the old one. Several launches in one shell text are one argv, so the
// claims for it have to agree; a launch that is refused or that stands in a
// script does not say that its place stays as it was.
func judgeAfter(claim fileClaim, was, now Reading, r *result) {
	want := map[int][]string{}
	changed := map[int]bool{}
	for i, launch := range claim.Launches {
		place := placeOf(was, i, launch)
		if !changed[place] {
			want[place] = was.argv(place)
		}
		if !launch.isPatchable() || !launch.isDockersArgv() || slices.Equal(launch.Argv, launch.PatchedArgv) {
			continue
		}
		if changed[place] && !slices.Equal(want[place], launch.PatchedArgv) {
			r.disagree("two patched_argv for one process", launch.PatchedArgv, want[place])
		}
		want[place], changed[place] = launch.PatchedArgv, true
	}
	for _, place := range slices.Sorted(maps.Keys(want)) {
		kind := "argv after fix"
		if changed[place] {
			kind = "patched_argv"
		}
		if argv := now.argv(place); !slices.Equal(want[place], argv) {
			r.disagree(kind, want[place], argv)
		}
	}
}

// placeOf says whose argv a launch claims: that of the image, or else that of
// the stage it names. The first launch is always that of the image.
func placeOf(reading Reading, i int, launch launchClaim) int {
	if i == 0 || !launch.isDockersArgv() || slices.Equal(launch.Argv, reading.argv(image)) ||
		launch.Stage < 0 || launch.Stage >= len(reading.stages) {
		return image
	}
	return launch.Stage
}

func (r Reading) argv(place int) []string {
	launch := r.Launch
	if place != image {
		launch = r.stages[place].launch()
	}
	if launch == nil {
		return nil
	}
	return launch.Argv
}

// startsJava is true for `java` as the program and as the first word of a shell
// text.
func startsJava(launch *Launch) bool {
	if launch == nil || len(launch.Argv) == 0 {
		return false
	}
	program := launch.Argv[0]
	if at := shellText(launch.Argv); at >= 0 {
		words := strings.Fields(launch.Argv[at])
		if len(words) > 1 && words[0] == "exec" {
			words = words[1:]
		}
		if len(words) > 0 {
			program = words[0]
		}
	}
	return path.Base(program) == "java"
}

// judgeEnvironment wants every variable of every stage as it was, but for the
// one that carries the options of a patchable launch.
func judgeEnvironment(claim fileClaim, was, now Reading, r *result) {
	carried := slices.ContainsFunc(claim.Launches, func(l launchClaim) bool { return l.isPatchable() && l.isCarried() })
	had := false // an agent, so that the fix may be the jar alone.
	for _, value := range was.Env {
		had = had || strings.Contains(value, "-javaagent:")
	}
	changed := changedNames(was.Env, now.Env)
	switch {
	case !carried && len(changed) > 0:
		r.disagree("environment changed by fix", nil, changed)
		return
	case carried && (len(changed) > 1 || len(changed) == 0 && !had):
		r.disagree("one variable should carry the options", nil, changed)
		return
	}
	for i := range min(len(was.stages), len(now.stages)) {
		before, after := was.stages[i].env, now.stages[i].env
		for _, name := range changedNames(before, after) {
			value, still := after[name]
			if !slices.Contains(changed, name) || !still || !isExtended(name, before[name], value, had) {
				r.disagree(fmt.Sprintf("value of %s in stage %d", name, i), before[name], value)
			}
		}
	}
}

// isExtended tells whether a value is the old one with options of ours before
// it. Options may stand further behind, or come without an agent, only where an
// agent was there already, in this variable or in another one.
func isExtended(name, was, now string, had bool) bool {
	// Words between single blanks: a longer gap is an empty word, which has to
	// be there in both.
	old := strings.Split(was, " ")
	if was == "" {
		// Of `ours $NAME` the blank remains, or `$NAME` itself where only the
		// base image knows the value.
		for _, end := range []string{" ", " $" + name, " ${" + name + "}"} {
			now = strings.TrimSuffix(now, end)
		}
		old = nil
	}
	inserted := 0
	for i, word := range strings.Split(now, " ") {
		switch {
		case i == 0 && !had && !strings.HasPrefix(word, "-javaagent:"):
			return false
		case len(old) > 0 && (word == old[0] || isCompleted(old[0], word)):
			old = old[1:]
		case isOption(word) && (inserted == i || strings.Contains(was, "-javaagent:")):
			inserted++
		default:
			return false
		}
	}
	return len(old) == 0
}

func isOption(word string) bool {
	return strings.HasPrefix(word, "-javaagent:/") || strings.HasPrefix(word, "-D") || strings.HasPrefix(word, "-XX:")
}

// isCompleted tells whether a stack depth was added inside an option's value.
func isCompleted(was, now string) bool {
	return strings.HasPrefix(was, "-XX:FlightRecorderOptions") && len(now) > len(was) && isSubsequence(was, now) &&
		strings.Contains(now, "stackdepth=")
}
