package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// report is the part of `entrypatch check --format json` that is judged here.
type report struct {
	Version int         `json:"version"`
	Files   []fileClaim `json:"files"`
	Errors  []struct {
		Path    string `json:"path"`
		Message string `json:"message"`
	} `json:"errors"`
}

type fileClaim struct {
	Path     string         `json:"path"`
	Kind     string         `json:"kind"`
	Launches []launchClaim  `json:"launches"`
	Findings []findingClaim `json:"findings"`
}

type launchClaim struct {
	Stage       int      `json:"stage"`
	Form        string   `json:"form"`
	Argv        []string `json:"argv"`
	PatchedArgv []string `json:"patched_argv"`
	Verdict     string   `json:"verdict"`
}

type findingClaim struct {
	Rule string `json:"rule"`
	Line int    `json:"line"`
	Fix  string `json:"fix"`
}

// result is the judgement on one Dockerfile, or on a directory as a whole.
type result struct {
	Path          string         `json:"path"`
	Directory     bool           `json:"directory,omitempty"`
	Verdicts      []string       `json:"verdicts,omitempty"`
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

type prover struct {
	bin           string
	extra         []string
	requireLaunch bool
}

// proveDir runs check, fix, fix, check on a copy of one directory.
func (p *prover) proveDir(dir string) ([]*result, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	before, err := readTree(abs)
	if err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("", "buildkit-referee-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	// entrypatch can derive dd.service from the name of the directory, so the
	// copy keeps that name.
	work := filepath.Join(temp, filepath.Base(abs))
	if err := writeTree(work, before); err != nil {
		return nil, err
	}

	whole := &result{Path: dir, Directory: true}
	claims := p.check(work, whole)
	if len(whole.Disagreements) > 0 {
		return []*result{whole}, nil // without a report every change looks wrong.
	}
	once, err := p.fix(work, claims, whole)
	if err != nil {
		return nil, err
	}
	results := []*result{whole}
	judged := map[string]bool{}
	launches := 0
	for _, claim := range claims.Files {
		launches += len(claim.Launches)
		if claim.Kind != "" && claim.Kind != "dockerfile" {
			continue // package.json and the like are not for BuildKit.
		}
		judged[claim.Path] = true
		r := &result{Path: path.Join(filepath.ToSlash(dir), claim.Path), Inserted: map[string]int{}}
		results = append(results, r)
		if data, ok := before[claim.Path]; ok {
			p.judge(claim, data, once[claim.Path], r)
		} else {
			r.disagree("no such file in the directory", claim.Path, nil)
		}
	}
	if launches == 0 && p.requireLaunch {
		whole.disagree("no launch in this directory", nil, nil)
	}
	for _, name := range changedNames(before, once) {
		if !judged[name] {
			whole.disagree("fix changed a file that is not in the report", name, nil)
		}
	}

	twice, err := p.fix(work, claims, whole)
	if err != nil {
		return nil, err
	}
	for _, name := range changedNames(once, twice) {
		whole.disagree("second fix changed bytes", name, nil)
	}
	for _, claim := range p.check(work, whole).Files {
		for _, finding := range claim.Findings {
			if finding.Fix == "available" {
				whole.disagree("fix still available after fix", fmt.Sprintf("%s:%d %s", claim.Path, finding.Line, finding.Rule), nil)
			}
		}
	}
	for _, e := range claims.Errors {
		judged[e.Path] = true
		whole.Notes = append(whole.Notes, fmt.Sprintf("entrypatch could not read %s: %s", e.Path, e.Message))
	}
	whole.Notes = append(whole.Notes, p.unreported(before, judged)...)
	return results, nil
}

// unreported names the Dockerfiles that the report passes over in silence
// although there is something to say. These are notes: whether such a file has
// to be in the report (a template, an ignored file) is not for BuildKit to say.
func (p *prover) unreported(files map[string]string, judged map[string]bool) (notes []string) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if judged[name] || !dockerfileName.MatchString(path.Base(name)) || strings.HasSuffix(name, ".dockerignore") {
			continue
		}
		reading := readDockerfile(name, []byte(files[name]), targetOf(p.extra))
		if reading.Error != nil {
			notes = append(notes, fmt.Sprintf("%s is not in the report, BuildKit rejects it: %s", name, *reading.Error))
		} else if startsJava(reading.Launch) {
			notes = append(notes, fmt.Sprintf("%s is not in the report, BuildKit starts %s", name, oneLine(reading.Launch.Argv)))
		}
	}
	return notes
}

// judge compares the claims about one Dockerfile with BuildKit's readings of
// its bytes before and after `fix`.
func (p *prover) judge(claim fileClaim, before, after string, r *result) {
	patchable := 0
	for _, launch := range claim.Launches {
		r.Verdicts = append(r.Verdicts, launch.Verdict)
		if launch.Verdict == "patchable" {
			patchable++
		}
	}
	if patchable == 0 && before != after {
		r.disagree("bytes changed without a patchable launch", nil, nil)
	}

	target := targetOf(p.extra)
	was := readDockerfile(claim.Path, []byte(before), target)
	r.Notes = was.Notes
	accused := slices.ContainsFunc(claim.Findings, func(f findingClaim) bool { return f.Rule == "dockerfile-syntax" })
	if accused != (was.Error != nil) {
		r.disagree("syntax", map[string]bool{"dockerfile-syntax": accused}, map[string]any{"error": was.Error})
	}
	if was.Error != nil {
		return
	}
	for i, launch := range claim.Launches {
		// The argv of another form can be a command inside a script or in the
		// base image, which BuildKit does not see.
		if argv := argvOf(was, i, launch); (launch.Form == "exec" || launch.Form == "shell") && !slices.Equal(launch.Argv, argv) {
			r.disagree("argv", launch.Argv, argv)
		}
	}
	if p.requireLaunch && len(claim.Launches) == 0 && startsJava(was.Launch) {
		r.disagree("java start without a launch", nil, was.Launch.Argv)
	}

	now := readDockerfile(claim.Path, []byte(after), target)
	if now.Error != nil {
		r.disagree("fixed file is rejected", nil, now.Error)
		return
	}
	for i, launch := range claim.Launches {
		kind, want := "argv after fix", argvOf(was, i, launch)
		if launch.Verdict == "patchable" {
			kind, want = "patched_argv", launch.PatchedArgv
		}
		if argv := argvOf(now, i, launch); !slices.Equal(want, argv) {
			r.disagree(kind, want, argv)
		}
	}
	if !reflect.DeepEqual(was.Syntax, now.Syntax) {
		r.disagree("syntax directive changed by fix", was.Syntax, now.Syntax)
	}
	compareInstructions(was.Instructions, now.Instructions, patchable, r)
}

// argvOf gives BuildKit's argv for a launch: the first one is that of the
// image, any further one that of the stage it names.
func argvOf(reading Reading, i int, claim launchClaim) []string {
	launch := reading.Launch
	if i > 0 && claim.Stage >= 0 && claim.Stage < len(reading.stages) {
		launch = reading.stages[claim.Stage].launch()
	}
	if launch == nil {
		return nil
	}
	return launch.Argv
}

func startsJava(launch *Launch) bool {
	return launch != nil && len(launch.Argv) > 0 && path.Base(launch.Argv[0]) == "java"
}

// compareInstructions walks both lists side by side. After a fix there may be
// one changed exec-form ENTRYPOINT and one CMD for each patchable launch (its
// words stand in both, and argv is compared besides), and whole new ADD, COPY,
// ENV and RUN instructions; nothing else.
func compareInstructions(was, now []Instruction, patchable int, r *result) {
	edits := map[string]int{"ENTRYPOINT": patchable, "CMD": patchable}
	i := 0
	for _, next := range now {
		switch {
		case i < len(was) && sameInstruction(was[i], next):
			i++
		case i < len(was) && edits[next.Name] > 0 && isLaunchEdit(was[i], next):
			edits[next.Name]--
			i++
		case !next.Onbuild && slices.Contains([]string{"ADD", "COPY", "ENV", "RUN"}, next.Name):
			r.Inserted[next.Name]++
		case i < len(was):
			r.disagree("instruction changed by fix", was[i], next)
			return
		default:
			r.disagree("instruction added by fix", nil, next)
			return
		}
	}
	if i < len(was) {
		r.disagree("instruction lost by fix", was[i], nil)
	}
}

func sameInstruction(a, b Instruction) bool {
	a.Line, a.EndLine, b.Line, b.EndLine = 0, 0, 0, 0
	return reflect.DeepEqual(a, b)
}

func isLaunchEdit(was, now Instruction) bool {
	isLaunch := was.Name == "ENTRYPOINT" || was.Name == "CMD"
	now.Args = was.Args
	return isLaunch && !was.Onbuild && *was.Form == "exec" && sameInstruction(was, now)
}

// check runs `entrypatch check` and notes in r what is wrong with the run itself.
func (p *prover) check(work string, r *result) report {
	var claims report
	stdout, code, stderr := p.run(work, "check", "--format", "json", "--exit-zero")
	if err := json.Unmarshal(stdout, &claims); err != nil {
		r.disagree("check: output is not the JSON contract", fmt.Sprintf("exit code %d, %v: %.300s", code, err, stderr), nil)
	} else if claims.Version != 1 {
		r.disagree("check: version is not 1", claims.Version, nil)
	} else if code != 0 && !(code == 2 && len(claims.Errors) > 0) {
		r.disagree("check: exit code", fmt.Sprintf("%d: %.300s", code, stderr), nil)
	}
	return claims
}

// fix runs `entrypatch fix` and returns the files as they are then. The exit
// code is 2 only where check listed errors before.
func (p *prover) fix(work string, claims report, r *result) (map[string]string, error) {
	_, code, stderr := p.run(work, "fix")
	if code != 0 && code != 1 && !(code == 2 && len(claims.Errors) > 0) {
		r.disagree("fix: exit code", fmt.Sprintf("%d: %.300s", code, stderr), nil)
	}
	return readTree(work)
}

func (p *prover) run(work string, args ...string) (stdout []byte, code int, stderr string) {
	var out, diagnostics bytes.Buffer
	command := exec.Command(p.bin, append(append(args, p.extra...), ".")...)
	command.Dir, command.Stdout, command.Stderr = work, &out, &diagnostics
	err := command.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		return nil, -1, err.Error()
	}
	return out.Bytes(), code, strings.TrimSpace(diagnostics.String())
}

// targetOf finds the stage that the user asked entrypatch to build.
func targetOf(extra []string) string {
	for i, arg := range extra {
		if name, ok := strings.CutPrefix(arg, "--target="); ok {
			return name
		}
		if arg == "--target" && i+1 < len(extra) {
			return extra[i+1]
		}
	}
	return ""
}
