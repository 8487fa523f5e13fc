package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// The test program plays the stubs of its sandboxes.
func TestMain(m *testing.M) {
	if inSandbox() {
		os.Exit(stub(os.Args))
	}
	limitTexts()
	os.Exit(m.Run())
}

const agent = "-javaagent:/a.jar -Ddd.service=s"

func testSandbox(t *testing.T) (*sandbox, []shell) {
	t.Helper()
	shells := installedShells()
	box, err := newSandbox(shells)
	if err != nil {
		t.Skipf("no sandbox here: %v", err)
	}
	t.Cleanup(box.remove)
	return box, shells
}

// TestReached lists texts by the java calls that they come to.
func TestReached(t *testing.T) {
	box, shells := testSandbox(t)
	noise := ` -Xmx1g -Dx="y" -Dz=*`
	tests := []struct {
		name string
		text text
		want []string
	}{
		{"noise", text{Before: "exec java $JAVA_OPTS -jar a.jar"}, []string{"java" + noise + " -jar a.jar"}},
		{"two", text{Before: "java -version && java -jar a"}, []string{"java -version", "java -jar a"}},
		{"paths", text{Before: `"$JAVA_HOME/bin/java" a; "${JAVA_HOME}"/bin/java b; /usr/lib/jvm/x/bin/java c`},
			[]string{"/opt/java/bin/java a", "/opt/java/bin/java b", "/usr/lib/jvm/x/bin/java c"}},
		{"what the image sets", text{Before: `$JAVA_HOME/bin/java $APP`, Env: map[string]string{"JAVA_HOME": "/j", "APP": "a b"}}, []string{"/j/bin/java a b"}},
		{"an assigned path", text{Before: "J=${J:-/opt/x}\nJAVA=$J/bin/java\n$JAVA a"}, []string{"/opt/x/bin/java a"}},
		{"found", text{Before: `$(which java) a; $(command -v java) b`}, []string{"/usr/local/bin/java a", "/usr/local/bin/java b"}},
		{"other commands do nothing", text{Before: "set -e; cd /app; mkdir x; curl -f http://h/; ./wait-for-it.sh db; . ./env.sh; java a > /var/log/a/b.log"}, []string{"java a"}},
		{"wrappers", text{Before: "gosu app java a; exec tini -- java b"}, []string{"java a", "java b"}},
		{"unknown wrapper", text{Before: "wrap java -jar a; ls java"}, []string{"java -jar a"}},
		{"arguments", text{Before: `java "$0" "$@"`, Args: []string{"x", "y z"}}, []string{"java x y z"}},
		{"background", text{Before: "java a & exit 0"}, []string{"java a"}},
		{"script", text{Before: "#!/bin/sh\ncd \"$(dirname \"$0\")\" && exec \"$@\"\n", Script: "/s/start.sh", Args: []string{"java", "a"}}, []string{"java a"}},
		{"script found by its name", text{Before: "java $0", Script: "start.sh"}, []string{"java /usr/local/bin/start.sh"}},
		{"script beside others", text{Before: "HERE=$(cd `dirname $0` && pwd)\n. $HERE/env.sh && ./prepare && java a", Script: "/s/start.sh", Workdir: "/s"}, []string{"java a"}},
		{"errexit", text{Before: "false; java a", Options: "e"}, nil},
	}
	for _, test := range tests {
		for _, s := range shells {
			t.Run(test.name+" in "+s.name, func(t *testing.T) {
				got, err := box.run(test.text, test.text.Before, s)
				if err != nil {
					t.Fatal(err)
				}
				java, _ := split(got.calls)
				var calls []string
				for _, call := range java {
					calls = append(calls, strings.Join(call, " "))
				}
				if !slices.Equal(calls, test.want) {
					t.Errorf("got %q (%s)", calls, got.stderr)
				}
			})
		}
	}
}

// TestJudge lists patches by what is said about them.
func TestJudge(t *testing.T) {
	box, shells := testSandbox(t)
	box.timeout = time.Second
	one := func(before, after string) text {
		return text{Before: before, After: after, Launches: 1, Patchable: 1}
	}
	tests := []struct {
		name string
		text text
		want string // of the failure, if any
	}{
		{"patched", one("exec java $JAVA_OPTS -jar a", "exec java "+agent+" $JAVA_OPTS -jar a"), ""},
		{"a question stays", one("java -version; java -jar a", "java -version; java "+agent+" -jar a"), ""},
		{"behind other options", one("java -Xmx1g -jar a", "java -Xmx1g "+agent+" -jar a"), "otherwise"},
		{"agent not first", one("java -jar a", "java -Ddd.service=s -javaagent:/a.jar -jar a"), "otherwise"},
		{"word lost", one("java -Xmx1g -jar a", "java "+agent+" -jar a"), "otherwise"},
		{"no such syntax", one("java -jar a", "java "+agent+" -jar 'a"), "cannot parse"},
		{"quote broken", one(`java -Dx="a b" -jar a`, `java -Dx="a `+agent+` b" -jar a`), "otherwise"},
		{"not reached any more", one("java -jar a", "true && exit; java "+agent+" -jar a"), "1 times before, 0 times after"},
		{"other command", one("mkdir x; java -jar a", "mkdir y; java "+agent+" -jar a"), "other commands"},
		{"exit code", one("java -jar a", "java "+agent+" -jar a; exit 3"), "exit code 0 before, 3 after"},
		{"one of two", text{Before: "java -jar a; java -jar b", After: "java " + agent + " -jar a; java -jar b", Launches: 2, Patchable: 2}, "gets no option"},
		{"one of two is refused", text{Before: "java -jar a; java -jar b", After: "java " + agent + " -jar a; java -jar b", Launches: 2, Patchable: 1}, ""},
		{"different options", text{Before: "java a; java b", After: "java " + agent + " a; java -javaagent:/b.jar b", Launches: 2, Patchable: 2}, "different options"},
		{"in the background", text{Before: "java a & java b & wait", After: "java " + agent + " a & java " + agent + " b & wait", Launches: 2, Patchable: 2}, ""},
		{"agent moved", text{Before: "java -jar a -javaagent:/a.jar", After: "java " + agent + " -jar a", Launches: 1, Patchable: 1, Rewritten: true}, ""},
		{"arguments split", text{Before: `java "-Da=1 -Db=2" c`, After: "java " + agent + ` "-Da=1" "-Db=2" c`, Launches: 1, Patchable: 1, Rewritten: true}, ""},
		{"a loop without end", one("while true; do java a; done", "while true; do java "+agent+" a; done"), ""},
		{"nothing patched", one("java a", "java a"), "the same as before"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			j := judge(test.text, shells, box)
			all := strings.Join(j.failures, "; ")
			if test.want == "" && (all != "" || j.patched == 0) || !strings.Contains(all, test.want) {
				t.Errorf("want %q, got %+v", test.want, j)
			}
		})
	}
}

func TestSandboxHoldsNothingReal(t *testing.T) {
	box, shells := testSandbox(t)
	holds := text{Before: "cd / && java *; test -w /bin || java closed; test -d /proc/1 || java alone"}
	for _, s := range shells {
		got, err := box.run(holds, holds.Before, s)
		if err != nil {
			t.Fatal(err)
		}
		java, _ := split(got.calls)
		if len(java) != 3 || slices.ContainsFunc([]string{"etc", "home", "root", "var"}, func(name string) bool { return slices.Contains(java[0], name) }) {
			t.Errorf("%s: got %q", s.name, got.calls)
		}
	}
}

func TestRun(t *testing.T) {
	line := `{"name": "n", "before": "java -jar a", "after": "java ` + agent + ` -jar a", "launches": 1, "patchable": 1}` + "\n"
	bad := strings.Replace(line, "-jar a\", \"la", "-jar b\", \"la", 1)
	var out strings.Builder
	if err := run(nil, strings.NewReader(line), &out); err != nil || !strings.Contains(out.String(), "1 passed, 0 failed") {
		t.Errorf("got %v and %s", err, out.String())
	}
	if strings.Contains(out.String(), "skipped") {
		t.Skip("no sandbox here")
	}
	if err := run(nil, strings.NewReader(bad), &out); err != errFailed {
		t.Errorf("a wrong patch is not an error: %s", out.String())
	}
}
