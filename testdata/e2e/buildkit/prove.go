package main

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// result is the judgement on one Dockerfile, or on a directory as a whole.
type result struct {
	Path          string         `json:"path"`
	Directory     bool           `json:"directory,omitempty"`
	Verdicts      []string       `json:"verdicts,omitempty"`
	Patched       []string       `json:"patched,omitempty"` // the forms of what was patched
	Inserted      map[string]int `json:"inserted,omitempty"`
	Notes         []string       `json:"notes,omitempty"`
	Disagreements []disagreement `json:"disagreements,omitempty"`
}

type disagreement struct {
	Kind       string `json:"kind"`
	Entrypatch any    `json:"entrypatch"`
	Buildkit   any    `json:"buildkit"`
}

func (r *result) disagree(kind string, entrypatch, buildkit any) {
	r.Disagreements = append(r.Disagreements, disagreement{kind, entrypatch, buildkit})
}

// dockerfileName matches the usual names of a Dockerfile.
var dockerfileName = regexp.MustCompile(`(?i)^((Docker|Container)file([.-].*)?|.*\.(Docker|Container)file)$`)

// proveDir runs check, fix, fix, check on a copy of one directory.
func (p *prover) proveDir(dir string) ([]*result, error) {
	work, before, remove, err := copyDir(dir)
	if err != nil {
		return nil, err
	}
	defer remove()

	whole := &result{Path: dir, Directory: true}
	claims := p.check(work, whole)
	if len(whole.Disagreements) > 0 {
		return []*result{whole}, nil // without a report every change looks wrong.
	}
	once, err := p.write("fix", work, claims, whole)
	if err != nil {
		return nil, err
	}
	results := []*result{whole}
	mayChange := scripts(claims)
	reported := map[string]bool{}
	launches := 0
	for _, claim := range claims.Files {
		launches += len(claim.Launches)
		if claim.isTask() {
			mayChange[claim.Path] = true
			r := &result{Path: path.Join(filepath.ToSlash(dir), claim.Path)}
			results = append(results, r)
			judgeTask(claim, before[claim.Path], once[claim.Path], r)
		}
		if !claim.isDockerfile() {
			continue
		}
		mayChange[claim.Path], reported[claim.Path] = true, true
		r := &result{Path: path.Join(filepath.ToSlash(dir), claim.Path), Inserted: map[string]int{}}
		results = append(results, r)
		if data, ok := before[claim.Path]; ok {
			p.judge(claim, data, once[claim.Path], editsTasks(claims), r)
		} else {
			r.disagree("no such file in the directory", claim.Path, nil)
		}
	}
	if launches == 0 && p.requireLaunch {
		whole.disagree("no launch in this directory", nil, nil)
	}
	for _, name := range changedNames(before, once) {
		if _, known := before[name]; !known && isTracer(name, mayChange) {
			continue
		}
		if !mayChange[name] {
			whole.disagree("fix changed a file that no launch names", name, nil)
		}
	}
	judgeScripts(claims, before, once, whole)

	twice, err := p.write("fix", work, claims, whole)
	if err != nil {
		return nil, err
	}
	for _, name := range changedNames(once, twice) {
		whole.disagree("second fix changed bytes", name, nil)
	}
	judgeSecondCheck(claims, p.check(work, whole), whole)
	for _, e := range claims.Errors {
		reported[e.Path] = true
		whole.Notes = append(whole.Notes, fmt.Sprintf("entrypatch could not read %s: %s", e.Path, e.Message))
	}
	whole.Notes = append(whole.Notes, p.unreported(before, reported)...)
	return results, nil
}

// scripts are the files outside the Dockerfiles that `fix` may change.
func scripts(claims report) map[string]bool {
	names := map[string]bool{}
	for _, claim := range claims.Files {
		for _, launch := range claim.Launches {
			if launch.Script != nil && launch.isPatchable() {
				names[path.Clean(launch.Script.Path)] = true
			}
			if launch.Entry != "" && launch.isPatchable() {
				names[path.Clean(launch.Entry)] = true
			}
		}
	}
	return names
}

// isTracer tells whether a new file is the one that an entry beside it loads.
func isTracer(name string, mayChange map[string]bool) bool {
	base := strings.TrimSuffix(path.Base(name), path.Ext(name))
	if base != "tracer" && base != "datadog-tracer" {
		return false
	}
	for entry := range mayChange {
		if path.Dir(entry) == path.Dir(name) && path.Ext(entry) == path.Ext(name) {
			return true
		}
	}
	return false
}

// judgeScripts leaves it to the real shells what a script does after the fix.
// Here it counts only that nothing is lost from the file, where no rule whose
// fix moves or replaces words speaks of it or of what starts it.
func judgeScripts(claims report, before, after map[string]string, r *result) {
	rewritten := map[string]bool{}
	for _, claim := range claims.Files {
		rewritten[path.Clean(claim.Path)] = claim.isRewritten()
	}
	for _, claim := range claims.Files {
		for _, launch := range claim.Launches {
			if launch.Script == nil {
				continue
			}
			name := path.Clean(launch.Script.Path)
			was, known := before[name]
			if !known {
				r.disagree("no such script in the directory", name, nil)
			} else if !claim.isRewritten() && !rewritten[name] && !isSubsequence(was, after[name]) {
				r.disagree("fix took bytes out of a script", name, nil)
			}
		}
	}
}

// judgeSecondCheck compares what is claimed before the fix and after it: what
// was patchable is instrumented, and nothing else is another case than it was.
func judgeSecondCheck(was, now report, r *result) {
	after := map[string]fileClaim{}
	for _, claim := range now.Files {
		after[claim.Path] = claim
		for _, finding := range claim.Findings {
			if finding.Fix == "available" {
				r.disagree("fix still available after fix", fmt.Sprintf("%s:%d %s", claim.Path, finding.Line, finding.Rule), nil)
			}
		}
	}
	for _, claim := range was.Files {
		want, got := verdicts(claim), verdicts(after[claim.Path])
		for i, verdict := range want {
			if verdict == "patchable" {
				want[i] = "instrumented"
			}
		}
		if !slices.Equal(want, got) {
			r.disagree("verdicts after fix", fmt.Sprintf("%s: %v, wanted %v", claim.Path, got, want), nil)
		}
	}
}

func verdicts(claim fileClaim) (list []string) {
	for _, launch := range claim.Launches {
		list = append(list, launch.Verdict)
	}
	return list
}

// unreported names the Dockerfiles that the report passes over in silence
// although there is something to say. These are notes: whether such a file has
// to be in the report (a template, an ignored file) is not for BuildKit to say.
func (p *prover) unreported(files map[string]string, reported map[string]bool) (notes []string) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if reported[name] || !dockerfileName.MatchString(path.Base(name)) || strings.HasSuffix(name, ".dockerignore") {
			continue
		}
		reading := readDockerfile(name, []byte(files[name]), p.target())
		if reading.Error != nil {
			notes = append(notes, fmt.Sprintf("%s is not in the report, BuildKit rejects it: %s", name, *reading.Error))
		} else if startsJava(reading.Launch) {
			notes = append(notes, fmt.Sprintf("%s is not in the report, BuildKit starts %s", name, oneLine(reading.Launch.Argv)))
		}
	}
	return notes
}
