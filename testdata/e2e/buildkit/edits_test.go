package main

import (
	"strings"
	"testing"
)

// patchableBy makes claims of one patchable launch.
func patchableBy(form string) fileClaim {
	launch := launchClaim{Form: form, Argv: []string{"a"}, PatchedArgv: []string{"a", "b"}, Verdict: "patchable"}
	if form == "env" {
		launch.PatchedArgv = launch.Argv
	}
	return fileClaim{Launches: []launchClaim{launch}}
}

// TestEdits lists what `fix` may and may not do to a file.
func TestEdits(t *testing.T) {
	const (
		exec  = "FROM a\nRUN x\n# c\nENTRYPOINT [\"java\", \"-jar\", \"a\"]\nCMD [\"b\"]\n"
		shell = "FROM a\r\nENV A=1 B=2\r\nCMD java \\\r\n  -jar a"
	)
	tests := []struct {
		name, form, before, after string
		kind                      string // of the disagreement
		inserted                  string
	}{
		{"patched", "exec", exec, "FROM a\nRUN x\nADD u /v\n# c\nENTRYPOINT [\"java\", \"-D\", \"-jar\", \"a\"]\nCMD [\"b\"]\n", "", "ADD"},
		{"both halves of the launch changed", "exec", exec, "FROM a\nRUN x\n# c\nENTRYPOINT [\"java\", \"-jar\", \"ab\"]\nCMD [\"b\", \"c\"]\n", "", ""},
		{"comment moved", "exec", exec, "FROM a\n# c\nRUN x\nENTRYPOINT [\"java\", \"-jar\", \"a\"]\nCMD [\"b\"]\n", "bytes changed outside the launch", ""},
		{"layout changed", "exec", exec, "FROM a\nRUN \\\n x\n# c\nENTRYPOINT [\"java\", \"-jar\", \"a\"]\nCMD [\"b\"]\n", "bytes changed outside the launch", ""},
		{"word taken out", "exec", exec, "FROM a\nRUN x\n# c\nENTRYPOINT [\"java\", \"-D\", \"a\"]\nCMD [\"b\"]\n", "bytes lost inside an instruction", ""},
		{"run changed", "exec", exec, "FROM a\nRUN y\n# c\nENTRYPOINT [\"java\", \"-jar\", \"a\"]\nCMD [\"b\"]\n", "instruction changed by fix", ""},
		{"run added", "exec", exec, "FROM a\nRUN x\nRUN y\n# c\nENTRYPOINT [\"java\", \"-jar\", \"a\"]\nCMD [\"b\"]\n", "instruction changed by fix", ""},
		{"exec form lost", "exec", exec, "FROM a\nRUN x\n# c\nENTRYPOINT java -jar a\nCMD [\"b\"]\n", "instruction changed by fix", ""},
		{"instruction lost", "exec", exec, "FROM a\nRUN x\n# c\nENTRYPOINT [\"java\", \"-jar\", \"a\"]\n", "instruction lost by fix", ""},
		{"user added", "exec", exec, exec + "USER u\n", "instruction added by fix", ""},
		{"onbuild added", "exec", exec, exec + "ONBUILD ADD u /v\n", "instruction added by fix", ""},
		{"env added", "exec", exec, strings.Replace(exec, "# c", "ENV A=1\n# c", 1), "instruction changed by fix", ""},

		{"text patched", "shell", shell, "FROM a\r\nENV A=1 B=2\r\nADD u /v\r\nCMD java -D \\\r\n  -jar a", "", "ADD"},
		{"text made an array", "shell", shell, "FROM a\r\nENV A=1 B=2\r\nCMD [\"java\", \"-D\", \"-jar\", \"a\"]", "instruction changed by fix", ""},
		{"continuation lost", "shell", shell, "FROM a\r\nENV A=1 B=2\r\nCMD java -D -jar a", "bytes lost inside an instruction", ""},
		{"line end added", "shell", shell, shell + "\r\n", "the end of the last line changed", ""},
		{"other line ends", "shell", shell, strings.Replace(shell, "a\r\n", "a\n", 1), "bytes changed outside the launch", ""},
		{"text of another form", "exec", shell, "FROM a\r\nENV A=1 B=2\r\nCMD java -D \\\r\n  -jar a", "instruction changed by fix", ""},

		{"array repaired", "malformed", "FROM a\nCMD [\"java\" \"-jar\", 'a']\n", "FROM a\nCMD [\"java\", \"-D\", \"-jar\", \"a\"]\n", "", ""},
		{"array still malformed", "malformed", "FROM a\nCMD [\"java\" \"-jar\"]\n", "FROM a\nCMD [\"java\" \"-D\" \"-jar\"]\n", "instruction changed by fix", ""},

		{"env added behind run", "env", exec, strings.Replace(exec, "# c", "ENV A=1\n# c", 1), "", "ENV"},
		{"env added as the last line", "env", "FROM a\nRUN x", "FROM a\nRUN x\nENV A=1", "", "ENV"},
		{"env added before run", "env", exec, strings.Replace(exec, "RUN", "ENV A=1\nRUN", 1), "ENV inserted before a RUN", "ENV"},
		{"two added", "env", exec, strings.Replace(exec, "# c", "ENV A=1\nENV B=1\n# c", 1), "instruction changed by fix", "ENV"},
		{"value extended", "env", shell, strings.Replace(shell, "B=2", "B=\"-D 2\"", 1), "", ""},
		{"two values extended", "env", shell, strings.Replace(shell, "A=1 B=2", "A=31 B=32", 1), "instruction changed by fix", "ENV"},
		{"name changed", "env", shell, strings.Replace(shell, "B=2", "BC=2", 1), "instruction changed by fix", "ENV"},
		{"value for another form", "shell", shell, strings.Replace(shell, "B=2", "B=32", 1), "instruction changed by fix", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := &result{Inserted: map[string]int{}}
			was, now := readDockerfile("", []byte(test.before), ""), readDockerfile("", []byte(test.after), "")
			if was.Error != nil || now.Error != nil {
				t.Fatal(was.Error, now.Error)
			}
			claim := patchableBy(test.form)
			if found := compareInstructions(was.Instructions, now.Instructions, editsOf(claim), r); found != nil {
				compareBytes(test.before, test.after, found, claim.isRewritten(), r)
			}
			kinds := ""
			for _, d := range r.Disagreements {
				kinds += d.Kind
			}
			inserted := ""
			for name := range r.Inserted {
				inserted += name
			}
			if kinds != test.kind || inserted != test.inserted {
				t.Errorf("got %q and %q", kinds, inserted)
			}
		})
	}
}

func TestEnvironment(t *testing.T) {
	const agent = "-javaagent:/a.jar -Ddd.service=s"
	tests := []struct {
		name, was, now string
		want           bool
	}{
		{"new, the base image may have one", "", agent + " $X", true},
		{"new, the same in braces", "", agent + " ${X}", true},
		{"new, the reference is gone", "", agent + " ", true},
		{"new, no reference", "", agent, true},
		{"new, another reference", "", agent + " $Y", false},
		{"extended", "-Xmx1g  -Da=b", agent + " -Xmx1g  -Da=b", true},
		{"behind", "-Xmx1g", "-Xmx1g " + agent, false},
		{"between", "-Xmx1g -Da=b", "-javaagent:/a.jar -Xmx1g -Ddd.service=s -Da=b", false},
		{"no agent", "-Xmx1g", "-Ddd.service=s -Xmx1g", false},
		{"relative agent", "-Xmx1g", "-javaagent:a.jar -Xmx1g", false},
		{"gap lost", "-Xmx1g  -Da=b", agent + " -Xmx1g -Da=b", false},
		{"word lost", "-Xmx1g -Da=b", agent + " -Xmx1g", false},
		{"other word", "-Xmx1g", agent + " foo -Xmx1g", false},
		{"agent was there", "-Xmx1g -javaagent:/b.jar", "-Xmx1g -javaagent:/b.jar -Ddd.service=s", true},
		{"recorder completed", "-XX:FlightRecorderOptions=a=b", agent + " -XX:FlightRecorderOptions=a=b,stackdepth=256", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := isExtended("X", test.was, test.now, strings.Contains(test.was, "-javaagent:")); got != test.want {
				t.Errorf("%q to %q: got %v", test.was, test.now, got)
			}
		})
	}
}
