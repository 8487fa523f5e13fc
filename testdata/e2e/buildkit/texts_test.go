package main

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestShellText(t *testing.T) {
	tests := []struct {
		argv string
		want int
	}{
		{"/bin/sh -c T", 2},
		{"tini -- bash -lc T a", 4},
		{"bash -o pipefail -ec T", 4},
		{"sh /start.sh -c T", -1},
		{"sh -c", -1},
		{"java -c T", -1},
	}
	for _, test := range tests {
		if got := shellText(words(test.argv)); got != test.want {
			t.Errorf("%s: got %d", test.argv, got)
		}
	}
}

func TestTexts(t *testing.T) {
	launch := patch("sh-c", words("sh -ec java x y"), words("sh -ec java-D x y"))
	script := inScript("docker/s.sh", patch("script", words("java"), words("java -D")))
	before := tree{"Dockerfile": "FROM a\nENV A=1\nWORKDIR /w\nCOPY docker/s.sh /opt/start\nCMD [\"/opt/start\", \"x\"]\n", "docker/s.sh": "java\n"}
	fixed := tree{"Dockerfile": before["Dockerfile"], "docker/s.sh": "java -D\n"}
	tests := []struct {
		name  string
		claim fileClaim
		want  []text
	}{
		{"a text once for all its launches", claims(launch, launch), []text{{
			Name: "sample/Dockerfile", Before: "java", After: "java-D", Options: "e", Args: words("x y"), Workdir: "/w",
			Env: tree{"A": "1"}, Launches: 2, Patchable: 2,
		}}},
		{"a script with its path in the image", claims(script), []text{{
			Name: "sample/Dockerfile docker/s.sh", Before: "java\n", After: "java -D\n", Script: "/opt/start", Args: words("x"), Workdir: "/w",
			Env: tree{"A": "1"}, Launches: 1, Patchable: 1,
		}}},
		{"nothing where only the line of the jar is patched", claims(patch("shell", sh("java"), sh("java"))), nil},
		{"nothing that is not patched", claims(launchClaim{Form: "shell", Argv: sh("java"), Verdict: "refused"}), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, dir := sample{before: before, fixed: fixed, claim: test.claim}.write(t)
			var out strings.Builder
			if err := p.runTexts([]string{dir}, &out); err != nil {
				t.Fatal(err)
			}
			var got []text
			for line := range strings.Lines(out.String()) {
				var one text
				if err := json.Unmarshal([]byte(line), &one); err != nil {
					t.Fatal(err)
				}
				one.Name = one.Name[strings.Index(one.Name, "sample/"):]
				got = append(got, one)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v", got)
			}
		})
	}
}
