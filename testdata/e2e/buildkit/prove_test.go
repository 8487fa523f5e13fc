package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stub is an entrypatch that knows the answers for one directory. It finds out
// by the files themselves whether `fix` has been there.
const stub = `#!/bin/sh
here=${0%/*}
case $1 in
check) if diff -r "$here/fixed" . >/dev/null; then cat "$here/after.json"; else cat "$here/before.json"; fi ;;
fix) cp -R "$here/fixed/." . ;;
remove) cp -R "$here/removed/." . ;;
esac
`

type tree = map[string]string

// sample is a directory before and after each command, and the claims about
// its Dockerfile. Without claims after the fix they are those before it, with
// every patchable launch instrumented.
type sample struct {
	before, fixed, removed tree
	claim                  fileClaim
	after                  *fileClaim
}

// write makes the directory, and the prover that judges the stub on it.
func (s sample) write(t *testing.T) (*prover, string) {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "sample")
	if s.after == nil {
		after := s.claim
		after.Launches = nil
		for _, launch := range s.claim.Launches {
			if launch.isPatchable() {
				launch.Argv, launch.PatchedArgv, launch.Verdict = launch.PatchedArgv, nil, "instrumented"
			}
			after.Launches = append(after.Launches, launch)
		}
		s.after = &after
	}
	for name, files := range map[string]tree{"sample": s.before, "fixed": s.fixed, "removed": s.removed} {
		if err := writeTree(filepath.Join(root, name), files); err != nil {
			t.Fatal(err)
		}
	}
	s.claim.Path, s.after.Path = "Dockerfile", "Dockerfile"
	for name, claim := range map[string]fileClaim{"before.json": s.claim, "after.json": *s.after} {
		data, err := json.Marshal(report{Version: 1, Files: []fileClaim{claim}})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	bin := filepath.Join(root, "entrypatch")
	if err := os.WriteFile(bin, []byte(stub), 0o755); err != nil {
		t.Fatal(err)
	}
	return &prover{bin: bin, requireLaunch: true}, dir
}

// patch claims a patchable launch.
func patch(form string, argv, patched []string) launchClaim {
	return launchClaim{Form: form, Argv: argv, PatchedArgv: patched, Verdict: "patchable"}
}

func inScript(path string, launch launchClaim) launchClaim {
	if err := json.Unmarshal([]byte(`{"script": {"path": "`+path+`", "line": 1}}`), &launch); err != nil {
		panic(err)
	}
	return launch
}

func claims(launches ...launchClaim) fileClaim {
	return fileClaim{Launches: launches}
}

func words(text string) []string { return strings.Fields(text) }

func sh(text string) []string { return []string{"/bin/sh", "-c", text} }

const agent = "-javaagent:/a.jar -Ddd.service=s"

// TestProve has one directory a form, and the faults that are to be seen.
func TestProve(t *testing.T) {
	const add = "ADD u /a.jar\n"
	dockerfile := func(text string) tree { return tree{"Dockerfile": text} }
	exec := patch("exec", words("java -jar a"), words("java "+agent+" -jar a"))
	script := inScript("./start.sh", patch("script", words("java -jar a"), words("java "+agent+" -jar a")))
	env := patch("env", words("catalina.sh run"), words("catalina.sh run"))
	two := patch("shell", sh("java -jar a; java -jar b"), sh("java "+agent+" -jar a; java "+agent+" -jar b"))
	start := "FROM a\nCMD [\"/start.sh\"]\n"
	refused := launchClaim{Form: "shell", Argv: two.Argv, Verdict: "refused"}

	tests := []struct {
		name          string
		before, fixed tree
		claim         fileClaim
		want          string // the disagreement, if any
	}{
		{"exec", dockerfile("FROM a\nCMD [\"java\", \"-jar\", \"a\"]\n"),
			dockerfile("FROM a\n" + add + "CMD [\"java\", \"-javaagent:/a.jar\", \"-Ddd.service=s\", \"-jar\", \"a\"]\n"), claims(exec), ""},
		{"other argv than claimed", dockerfile("FROM a\nCMD [\"java\", \"-jar\", \"a\"]\n"),
			dockerfile("FROM a\nCMD [\"java\", \"-javaagent:/a.jar\", \"-jar\", \"a\"]\n"), claims(exec), "patched_argv"},
		{"shell", dockerfile("FROM a\nCMD java -jar a; java -jar b\n"),
			dockerfile("FROM a\nCMD java " + agent + " -jar a; java " + agent + " -jar b\n"), claims(two, two), ""},
		{"one launch of a text is refused", dockerfile("FROM a\nCMD java -jar a; java -jar b\n"),
			dockerfile("FROM a\nCMD java " + agent + " -jar a; java " + agent + " -jar b\n"), claims(refused, two), ""},
		{"sh-c", dockerfile("FROM a\nCMD [\"sh\", \"-c\", \"java\\t$X -jar a\"]\n"),
			dockerfile("FROM a\nCMD [\"sh\", \"-c\", \"java " + agent + "\\t$X -jar a\"]\n"),
			claims(patch("sh-c", []string{"sh", "-c", "java\t$X -jar a"}, []string{"sh", "-c", "java " + agent + "\t$X -jar a"})), ""},
		{"base image", dockerfile("FROM a\nCMD [\"a.jar\"]\n"), dockerfile("FROM a\nCMD [\"-javaagent:/a.jar\", \"a.jar\"]\n"),
			claims(patch("base-image", words("a.jar"), words("-javaagent:/a.jar a.jar"))), ""},
		{"base image by variable", dockerfile("FROM a\n"), dockerfile("FROM a\nENV JAVA_TOOL_OPTIONS=\"" + agent + " $JAVA_TOOL_OPTIONS\"\n"),
			claims(patch("base-image", []string{}, []string{})), ""},
		{"malformed", dockerfile("FROM a\nCMD ['java' '-jar', 'a']\n"),
			dockerfile("FROM a\nCMD [\"java\", \"-javaagent:/a.jar\", \"-jar\", \"a\"]\n"),
			claims(patch("malformed", sh("['java' '-jar', 'a']"), words("java -javaagent:/a.jar -jar a"))), ""},

		{"env", dockerfile("FROM a\nRUN x\nCMD [\"catalina.sh\", \"run\"]\n"),
			dockerfile("FROM a\nRUN x\n" + add + "ENV CATALINA_OPTS=\"" + agent + " $CATALINA_OPTS\"\nCMD [\"catalina.sh\", \"run\"]\n"), claims(env), ""},
		{"env extended", dockerfile("FROM a\nENV O=-Xmx1g P=1\nCMD [\"catalina.sh\", \"run\"]\n"),
			dockerfile("FROM a\nENV O=\"" + agent + " -Xmx1g\" P=1\nCMD [\"catalina.sh\", \"run\"]\n"), claims(env), ""},
		{"env replaced", dockerfile("FROM a\nENV O=-Xmx1g\nCMD [\"catalina.sh\", \"run\"]\n"),
			dockerfile("FROM a\nENV O=-Xmx1g\nENV O=\"" + agent + "\"\nCMD [\"catalina.sh\", \"run\"]\n"), claims(env), "value of O in stage 0"},
		{"env reaches another variable", dockerfile("FROM a\nENV O=-Xmx1g\nENV P=$O\nCMD [\"catalina.sh\", \"run\"]\n"),
			dockerfile("FROM a\nENV O=\"" + agent + " -Xmx1g\"\nENV P=$O\nCMD [\"catalina.sh\", \"run\"]\n"), claims(env), "one variable should carry the options"},
		{"env without effect", dockerfile("FROM a\nENV O=-Xmx1g\nENV O=1\nCMD [\"catalina.sh\", \"run\"]\n"),
			dockerfile("FROM a\nENV O=\"" + agent + " -Xmx1g\"\nENV O=1\nCMD [\"catalina.sh\", \"run\"]\n"), claims(env), "one variable should carry the options"},

		{"script", tree{"Dockerfile": start, "start.sh": "java -jar a\n"},
			tree{"Dockerfile": "FROM a\n" + add + "CMD [\"/start.sh\"]\n", "start.sh": "java " + agent + " -jar a\n"}, claims(script), ""},
		{"script of nobody", tree{"Dockerfile": start, "start.sh": "java -jar a\n", "x.sh": "y\n"},
			tree{"Dockerfile": start, "start.sh": "java " + agent + " -jar a\n", "x.sh": "yy\n"}, claims(script), "fix changed a file that no launch names"},
		{"script lost bytes", tree{"Dockerfile": start, "start.sh": "java -jar xyz\n"},
			tree{"Dockerfile": start, "start.sh": "java " + agent + " -jar b\n"}, claims(script), "fix took bytes out of a script"},
		{"script, and argv changed besides", tree{"Dockerfile": start, "start.sh": "java -jar a\n"},
			tree{"Dockerfile": "FROM a\nCMD [\"/start.sh\", \"b\"]\n", "start.sh": "java " + agent + " -jar a\n"}, claims(script), "argv after fix"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, dir := sample{before: test.before, fixed: test.fixed, claim: test.claim}.write(t)
			results, err := p.proveDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			var all []disagreement
			for _, r := range results {
				all = append(all, r.Disagreements...)
			}
			if test.want == "" && len(all) > 0 || test.want != "" && (len(all) == 0 || all[0].Kind != test.want) {
				t.Errorf("want %q, got %s", test.want, oneLine(all))
			}
		})
	}
}

func TestVerdictsAfterFix(t *testing.T) {
	launch := patch("exec", words("java -jar a"), words("java "+agent+" -jar a"))
	r := &result{}
	judgeSecondCheck(report{Files: []fileClaim{claims(launch)}}, report{Files: []fileClaim{claims(launch)}}, r)
	if len(r.Disagreements) != 1 {
		t.Errorf("a launch is patchable after fix: %s", oneLine(r.Disagreements))
	}
}

// TestScriptWhoseWordsMove: where the finding stands in the script, the
// script's own report tells that words move there.
func TestScriptWhoseWordsMove(t *testing.T) {
	start := claims(inScript("start.sh", patch("script", words("java -jar a"), words("java "+agent+" -jar a"))))
	before, after := tree{"start.sh": "java -jar a " + agent + "\n"}, tree{"start.sh": "java " + agent + " -jar a\n"}
	moves := fileClaim{Path: "start.sh", Kind: "script", Findings: []findingClaim{{Rule: "java-agent-after-main"}}}
	silent := fileClaim{Path: "start.sh", Kind: "script"}
	for own, want := range map[*fileClaim]int{&moves: 0, &silent: 1} {
		r := &result{}
		judgeScripts(report{Files: []fileClaim{start, *own}}, before, after, r)
		if len(r.Disagreements) != want {
			t.Errorf("%v: %s", own.Findings, oneLine(r.Disagreements))
		}
	}
}
