package main

import (
	"strings"
	"testing"
)

func TestTaskStartsWhatIsClaimed(t *testing.T) {
	const before = `{"containerDefinitions": [{"name": "a", "image": "b", "entryPoint": ["tini"], "command": ["java", "-jar", "a"]}]}`
	claim := fileClaim{Kind: "ecs", Launches: []launchClaim{patch("exec", words("tini java -jar a"), words("tini java -javaagent:/a.jar -jar a"))}}
	for after, want := range map[string]int{
		before: 0,
		`{"containerDefinitions": [{"name": "a", "image": "b", "entryPoint": ["tini"], "command": ["java", "-javaagent:/a.jar", "-jar", "a"]}]}`: 0,
		`{"containerDefinitions": [{"name": "a", "image": "b", "entryPoint": ["tini"], "command": ["java", "-jar", "-javaagent:/a.jar", "a"]}]}`: 1,
		`{"containerDefinitions": [{"name": "x", "image": "b", "entryPoint": ["tini"], "command": ["java", "-javaagent:/a.jar", "-jar", "a"]}]}`: 1,
		`{"containerDefinitions": []}`: 1,
	} {
		r := &result{}
		judgeTask(claim, before, after, r)
		if len(r.Disagreements) != want {
			t.Errorf("%s: %s", after, oneLine(r.Disagreements))
		}
	}
}

func TestComposeStartsWhatIsClaimed(t *testing.T) {
	const before = "services:\n  a:\n    build: .\n    entrypoint: []\n    command: java -jar 'a b' $$X\n"
	claim := fileClaim{Path: "compose.yaml", Kind: "compose", Launches: []launchClaim{
		patch("exec", []string{"java", "-jar", "a b", "$X"}, []string{"java", "-javaagent:/a.jar", "-jar", "a b", "$X"}),
	}}
	for after, want := range map[string]int{
		before: 0,
		"services:\n  a:\n    build: .\n    entrypoint: []\n    command: java -javaagent:/a.jar -jar 'a b' $$X\n": 0,
		"services:\n  a:\n    build: .\n    entrypoint: []\n    command: java -jar -javaagent:/a.jar 'a b' $$X\n": 1,
		"services:\n  a:\n    build: x\n    entrypoint: []\n    command: java -jar 'a b' $$X\n":                   1,
		"services: [\n": 1,
	} {
		r := &result{}
		judgeTask(claim, before, after, r)
		if len(r.Disagreements) != want {
			t.Errorf("%s: %s", after, oneLine(r.Disagreements))
		}
	}
}

func TestManifestsAreHeldAgainstTheirTypes(t *testing.T) {
	const manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - {name: a, image: b, command: [java]}\n"
	if err := manifestFault(manifest); err != nil {
		t.Error(err)
	}
	for _, wrong := range []string{"comand: [java]", "command: java"} {
		if manifestFault(strings.Replace(manifest, "command: [java]", wrong, 1)) == nil {
			t.Error(wrong)
		}
	}
}
