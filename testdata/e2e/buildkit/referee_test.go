package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestLaunch(t *testing.T) {
	tests := []struct {
		name, dockerfile, target string
		want                     *Launch
	}{
		{
			name:       "entrypoint and cmd are joined",
			dockerfile: "FROM a\nCMD [\"-jar\", \"/app.jar\"]\nENTRYPOINT [\"java\"]\n",
			want:       &Launch{0, []string{"java"}, []string{"-jar", "/app.jar"}, []string{"java", "-jar", "/app.jar"}},
		},
		{
			name:       "nothing said leaves it to the base image",
			dockerfile: "FROM a\nENTRYPOINT [\"java\"]\nFROM b\nCOPY --from=0 /a /a\n",
		},
		{
			name:       "cmd alone leaves the entrypoint to the base image",
			dockerfile: "FROM a\nCMD [\"java\"]\n",
			want:       &Launch{0, nil, []string{"java"}, []string{"java"}},
		},
		{
			name:       "a stage inherits by name",
			dockerfile: "FROM a AS base\nENTRYPOINT [\"java\"]\nCMD [\"-version\"]\nFROM base\nUSER app\n",
			want:       &Launch{1, []string{"java"}, []string{"-version"}, []string{"java", "-version"}},
		},
		{
			name:       "the later stage of a name wins",
			dockerfile: "FROM a AS base\nCMD [\"one\"]\nFROM a AS base\nCMD [\"two\"]\nFROM base\n",
			want:       &Launch{2, nil, []string{"two"}, []string{"two"}},
		},
		{
			name:       "a name in upper case is lowered where it is given, not where it is used",
			dockerfile: "FROM a AS Base\nCMD [\"one\"]\nFROM Base\nFROM base\n",
			want:       &Launch{2, nil, []string{"one"}, []string{"one"}},
		},
		{
			name:       "entrypoint resets an inherited cmd",
			dockerfile: "FROM a AS base\nCMD [\"-version\"]\nFROM base\nENTRYPOINT [\"java\"]\n",
			want:       &Launch{1, []string{"java"}, []string{}, []string{"java"}},
		},
		{
			name:       "an empty entrypoint clears the inherited one",
			dockerfile: "FROM a AS base\nENTRYPOINT [\"java\"]\nFROM base\nENTRYPOINT []\nCMD [\"sh\"]\n",
			want:       &Launch{1, []string{}, []string{"sh"}, []string{"sh"}},
		},
		{
			name:       "shell form takes the default shell",
			dockerfile: "FROM a\nENTRYPOINT exec java  -jar app.jar\n",
			want:       &Launch{0, []string{"/bin/sh", "-c", "exec java  -jar app.jar"}, []string{}, []string{"/bin/sh", "-c", "exec java  -jar app.jar"}},
		},
		{
			name:       "shell form takes the inherited shell of its time",
			dockerfile: "FROM a AS base\nSHELL [\"/bin/bash\", \"-lc\"]\nFROM base\nCMD java -version\nSHELL [\"/bin/ash\", \"-c\"]\n",
			want:       &Launch{1, nil, []string{"/bin/bash", "-lc", "java -version"}, []string{"/bin/bash", "-lc", "java -version"}},
		},
		{
			name:       "single quotes are shell form",
			dockerfile: "FROM a\nCMD ['java']\n",
			want:       &Launch{0, nil, []string{"/bin/sh", "-c", "['java']"}, []string{"/bin/sh", "-c", "['java']"}},
		},
		{
			name:       "arg in from is expanded by its default",
			dockerfile: "ARG KIND=jvm\nARG NAME=base-${KIND}\nFROM a AS base-jvm\nCMD [\"java\"]\nFROM $NAME\n",
			want:       &Launch{1, nil, []string{"java"}, []string{"java"}},
		},
		{
			name:       "platform argument in from",
			dockerfile: "FROM a AS base-amd64\nCMD [\"java\"]\nFROM base-$TARGETARCH\n",
			want:       &Launch{1, nil, []string{"java"}, []string{"java"}},
		},
		{
			name:       "lower case and escape directive",
			dockerfile: "# escape=`\nfrom a\nentrypoint [\"java\", `\n  \"C:\\\\app.jar\"]\n",
			want:       &Launch{0, []string{"java", `C:\app.jar`}, []string{}, []string{"java", `C:\app.jar`}},
		},
		{
			name:       "heredoc text is no instruction",
			dockerfile: "FROM a\nCMD [\"java\"]\nRUN <<EOF\nENTRYPOINT [\"sh\"]\nEOF\n",
			want:       &Launch{0, nil, []string{"java"}, []string{"java"}},
		},
		{
			name:       "onbuild is not run in its own stage",
			dockerfile: "FROM a\nONBUILD ENTRYPOINT [\"java\"]\nCMD [\"sh\"]\n",
			want:       &Launch{0, nil, []string{"sh"}, []string{"sh"}},
		},
		{
			name:       "a target is found in any case",
			dockerfile: "FROM a AS app\nCMD [\"java\"]\nFROM a\nCMD [\"sh\"]\n",
			target:     "APP",
			want:       &Launch{0, nil, []string{"java"}, []string{"java"}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := readDockerfile("Dockerfile", []byte(test.dockerfile), test.target)
			if got.Error != nil {
				t.Fatal(*got.Error)
			}
			if !reflect.DeepEqual(got.Launch, test.want) {
				t.Errorf("got %+v, want %+v", got.Launch, test.want)
			}
		})
	}
}

func TestUserWorkdirAndEnv(t *testing.T) {
	dockerfile := "ARG V=1\nFROM a AS base\nARG V\nENV A=$V B=$A PATH=$PATH:/x\nUSER u$V\nWORKDIR /w\nFROM base\nWORKDIR x\n"
	got := readDockerfile("Dockerfile", []byte(dockerfile), "")
	// B is not 1, because A was not set before the instruction; what only the
	// base image can know stays as it is written.
	env := map[string]string{"A": "1", "B": "$A", "PATH": "$PATH:/x"}
	if got.User != "u1" || got.Workdir != "/w/x" || !reflect.DeepEqual(got.Env, env) {
		t.Errorf("got user %q, workdir %q, env %v", got.User, got.Workdir, got.Env)
	}
}

func TestRejected(t *testing.T) {
	for _, dockerfile := range []string{
		"", "# nothing\n", "ARG A=1\n", "FROM a\nENTRYPOINT [\"java\", 8]\n",
		"FROM a\nENTRPOINT [\"java\"]\n", "FROM a\nRUN <<EOF\n", "FROM a b\n",
	} {
		if got := readDockerfile("Dockerfile", []byte(dockerfile), ""); got.Error == nil || got.Launch != nil {
			t.Errorf("%q is not rejected", dockerfile)
		}
	}
}

func TestReadKeepsGoingAfterABadFile(t *testing.T) {
	var out strings.Builder
	if err := run([]string{"read"}, strings.NewReader("no-such-file\x00main.go\x00"), &out); err != nil {
		t.Fatal(err)
	}
	if got := slices.Collect(strings.Lines(out.String())); len(got) != 2 {
		t.Errorf("got %d lines: %q", len(got), got)
	}
}
