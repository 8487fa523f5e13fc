package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
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

// launchClaim is one java command. PatchedArgv is nil unless `fix` would patch
// it, and the same as Argv where a variable carries the options.
type launchClaim struct {
	Stage       int      `json:"stage"`
	Form        string   `json:"form"`
	Argv        []string `json:"argv"`
	PatchedArgv []string `json:"patched_argv"`
	Verdict     string   `json:"verdict"`
	// Script is where the command stands if that is not the Dockerfile. Argv is
	// then the script's command, which BuildKit does not see.
	Script *struct {
		Path string `json:"path"`
		Line int    `json:"line"`
	} `json:"script"`
	// Entry is the source that Node evaluates first. Its edit is proved by the
	// real tracer, not here.
	Entry string `json:"entry"`
}

type findingClaim struct {
	Rule string `json:"rule"`
	Line int    `json:"line"`
	Fix  string `json:"fix"`
}

// isDockerfile tells whether BuildKit can have an opinion: package.json and the
// like are not for it.
func (c fileClaim) isDockerfile() bool {
	return c.Kind == "" || c.Kind == "dockerfile"
}

// rewrites are the rules whose fix does more than insert words.
var rewrites = []string{
	"malformed-exec-form", "joined-arguments", "java-agent-after-main", "relative-agent-path", "flight-recorder-unsupported", "setting-differs",
	"tracer-flag-after-script",
}

func (c fileClaim) isRewritten() bool {
	return slices.ContainsFunc(c.Launches, func(l launchClaim) bool { return l.Form == "malformed" }) ||
		slices.ContainsFunc(c.Findings, func(f findingClaim) bool { return slices.Contains(rewrites, f.Rule) })
}

func (l launchClaim) isPatchable() bool {
	return l.Verdict == "patchable"
}

// isDockersArgv tells whether Argv is what the container's first process gets.
func (l launchClaim) isDockersArgv() bool {
	return l.Script == nil && l.Form != "script"
}

// isCarried tells whether the fix goes into a variable. Of the launches that
// the base image starts some take their options as arguments instead.
func (l launchClaim) isCarried() bool {
	return l.Form == "env" || l.Form == "base-image" && slices.Equal(l.Argv, l.PatchedArgv)
}

// prover runs the program that is judged.
type prover struct {
	bin           string
	extra         []string
	requireLaunch bool
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

// write runs `entrypatch fix` or `remove` and returns the files as they are
// then. The exit code is 2 only where check listed errors before.
func (p *prover) write(command, work string, claims report, r *result) (map[string]string, error) {
	_, code, stderr := p.run(work, command)
	if code != 0 && code != 1 && !(code == 2 && len(claims.Errors) > 0) {
		r.disagree(command+": exit code", fmt.Sprintf("%d: %.300s", code, stderr), nil)
	}
	return readTree(work)
}

func (p *prover) run(work string, args ...string) (stdout []byte, code int, stderr string) {
	var out, diagnostics bytes.Buffer
	extra := p.extra
	if args[0] == "remove" { // It reads the settings back; what it cannot know is the stage.
		extra = nil
		if stage := p.target(); stage != "" {
			extra = []string{"--target", stage}
		}
	}
	command := exec.Command(p.bin, append(append(args, extra...), ".")...)
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

// target is the stage that the user asked entrypatch to build.
func (p *prover) target() string {
	for i, arg := range p.extra {
		if name, ok := strings.CutPrefix(arg, "--target="); ok {
			return name
		}
		if arg == "--target" && i+1 < len(p.extra) {
			return p.extra[i+1]
		}
	}
	return ""
}
