package main

import (
	"fmt"
	"io"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// datadogSetting is what `remove` could take for an addition of `fix`.
var datadogSetting = regexp.MustCompile(`-javaagent|-Ddd\.|DD_|FlightRecorderOptions|dtdg\.co|dd-java-agent|dd-trace`)

// bySetting is what `fix` writes by a setting that is not given here: `--node-mode env`, `--provide copy`.
var bySetting = regexp.MustCompile(`(?m)NODE_OPTIONS=.*dd-trace|^COPY .*dd-java-agent`)

// removal counts what `remove` did to the files that `fix` had changed.
type removal struct {
	restored, other, failed int
}

// runRemove tries on a copy of each directory that `remove` takes back what
// `fix` did.
func (p *prover) runRemove(dirs []string, stdout io.Writer) error {
	var total removal
	for _, dir := range dirs {
		if err := p.removeDir(dir, &total, stdout); err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
	}
	fmt.Fprintf(stdout, "files that fix changed: %d as they were after remove, %d others, %d failed\n",
		total.restored, total.other, total.failed)
	if total.failed > 0 {
		return errFailed
	}
	return nil
}

func (p *prover) removeDir(dir string, total *removal, stdout io.Writer) error {
	work, before, cleanUp, err := copyDir(dir)
	if err != nil {
		return err
	}
	defer cleanUp()
	fail := func(name, reason string) {
		total.failed++
		fmt.Fprintf(stdout, "FAIL %s: %s\n", path.Join(filepath.ToSlash(dir), name), reason)
	}

	whole := &result{}
	claims := p.check(work, whole)
	var trees [3]map[string]string
	var fixes []report
	for i, command := range []string{"fix", "remove", "fix"} {
		if trees[i], err = p.write(command, work, claims, whole); err != nil {
			return err
		}
		if command == "fix" {
			fixes = append(fixes, p.check(work, whole))
		}
	}
	for _, d := range whole.Disagreements {
		fail("", d.Kind+" "+oneLine(d.Entrypatch))
	}
	fixed, removed, again := trees[0], trees[1], trees[2]
	rewritten := rewrittenFiles(claims)
	// What was there before cannot be known any more.
	isOther := func(name string) bool {
		was, known := before[name]
		return !known || rewritten[name] || datadogSetting.MatchString(was) ||
			scriptHolds(claims, name, before) || entryHolds(claims, name, before) || taskHolds(claims, name, before)
	}
	for _, name := range changedNames(before, fixed) {
		was, known := before[name]
		switch {
		case known && removed[name] == was:
			total.restored++
		case isOther(name):
			total.other++
		case removed[name] == fixed[name]:
			fail(name, "remove left what fix wrote")
		default:
			fail(name, "remove does not give back the old bytes")
		}
	}
	// `remove` goes by what a file says itself. A person's own path or value goes with the rest, and
	// comes back as the one that is given here: then the verdict alone is the same.
	for _, name := range changedNames(fixed, again) {
		if !isOther(name) {
			fail(name, "fix after remove does not give the fixed bytes")
		}
	}
	after := map[string][]string{}
	for _, claim := range fixes[1].Files {
		after[claim.Path] = verdicts(claim)
	}
	for _, claim := range fixes[0].Files {
		if bySetting.MatchString(before[claim.Path]) {
			continue
		}
		if was := verdicts(claim); !slices.Equal(was, after[claim.Path]) {
			fail(claim.Path, fmt.Sprintf("fix after remove gives the verdicts %v, and gave %v", after[claim.Path], was))
		}
	}
	return nil
}

// rewrittenFiles are those where the fix does more than insert words.
func rewrittenFiles(claims report) map[string]bool {
	names := map[string]bool{}
	for _, claim := range claims.Files {
		if !claim.isRewritten() {
			continue
		}
		names[claim.Path] = true
		for _, launch := range claim.Launches {
			if launch.Script != nil {
				names[path.Clean(launch.Script.Path)] = true
			}
		}
	}
	return names
}

// entryHolds tells whether an application loaded the tracer already, by a file or by a flag, which the fix
// may have put to use.
func entryHolds(claims report, name string, before map[string]string) bool {
	for _, file := range claims.Files {
		for _, launch := range file.Launches {
			if launch.Entry == "" || path.Clean(launch.Entry) != name {
				continue
			}
			for other, text := range before {
				if strings.HasPrefix(other, path.Dir(name)+"/") && path.Ext(other) != ".json" && strings.Contains(text, "dd-trace") {
					return true
				}
			}
		}
	}
	return false
}

// scriptHolds tells whether a script that a Dockerfile starts held a Datadog
// setting: the two change together.
func scriptHolds(claims report, name string, before map[string]string) bool {
	for _, file := range claims.Files {
		for _, launch := range file.Launches {
			if file.Path == name && launch.Script != nil && datadogSetting.MatchString(before[path.Clean(launch.Script.Path)]) {
				return true
			}
		}
	}
	return false
}
