package main

import (
	"archive/tar"
	"bytes"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/vmihailenco/msgpack/v5"
)

func TestEachServiceAndFailureHasItsFolder(t *testing.T) {
	var rows []string
	for _, s := range services {
		rows = append(rows, "services/"+s.name)
	}
	for _, f := range failures {
		rows = append(rows, "failures/"+f.name)
	}
	var folders []string
	for _, kind := range []string{"services", "failures"} {
		entries, err := os.ReadDir(kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			folders = append(folders, kind+"/"+entry.Name())
		}
	}
	slices.Sort(rows)
	slices.Sort(folders)
	if !slices.Equal(rows, folders) {
		t.Errorf("the tables have %q, the folders are %q", rows, folders)
	}
}

func TestEachBaseImageIsNeeded(t *testing.T) {
	all := map[jvmKind]string{withRecorder: "", withoutRecorder: "", java8: ""}
	names, err := neededBases(".", all)
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != len(bases) {
		t.Errorf("%d of the %d base images are used: %q", len(names), len(bases), names)
	}
	delete(all, java8)
	names, _ = neededBases(".", all)
	if slices.Contains(names, "eclipse-temurin:8-jre") {
		t.Error("an image is needed for which there is no JVM")
	}
}

func TestBaseNamesLeaveOutStages(t *testing.T) {
	names := baseNames("FROM a:1 AS build\nRUN x\nFROM build AS next\nFROM b:2\nFROM a:1\n")
	if !slices.Equal(names, []string{"a:1", "b:2"}) {
		t.Errorf("%q", names)
	}
}

func TestLddIsRead(t *testing.T) {
	files := parseLdd("/a/bin/java:\n\tlinux-vdso.so.1 (0x1)\n\tlibc.so.6 => /lib/x/libc.so.6 (0x2)\n" +
		"\tlibmissing.so => not found\n/b/libjvm.so:\n\tlibc.so.6 => /lib/x/libc.so.6 (0x3)\n\t/lib64/ld.so.2 (0x4)\n")
	if !slices.Equal(files, []string{"/lib/x/libc.so.6", "/lib64/ld.so.2"}) {
		t.Errorf("%q", files)
	}
	if name := libraryName("/lib64/ld.so.2"); name != "usr/lib64/ld.so.2" {
		t.Errorf("%s", name)
	}
}

func TestRootfsMakesFoldersOnceAndKeepsTheFirstFile(t *testing.T) {
	var out bytes.Buffer
	r := newRootfs(&out)
	r.file("/opt/x/first", 0o755, []byte("1"))
	r.file("opt/x/first", 0o644, []byte("2"))
	r.link("opt/x/link", "first")
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for in := tar.NewReader(&out); ; {
		header, err := in.Next()
		if err == io.EOF {
			break
		}
		content, _ := io.ReadAll(in)
		if _, twice := got[header.Name]; err != nil || twice {
			t.Fatalf("%s: %v, twice: %v", header.Name, err, twice)
		}
		got[header.Name] = string(content) + header.Linkname
	}
	for name, want := range map[string]string{"opt": "", "opt/x": "", "opt/x/first": "1", "opt/x/link": "first", "lib": "usr/lib"} {
		if value, there := got[name]; !there || value != want {
			t.Errorf("%s is %q (%v), not %q", name, value, there, want)
		}
	}
}

func TestRootfsTellsTheFirstError(t *testing.T) {
	r := newRootfs(io.Discard)
	r.copyFile("x", "no such file")
	r.copyTree("y", ".")
	if err := r.close(); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Error(err)
	}
}

func TestTracesAreDecoded(t *testing.T) {
	sent, err := msgpack.Marshal([][]map[string]any{
		{{"service": "a", "name": "http.request", "trace_id": uint64(1) << 63, "error": 0,
			"meta": map[string]string{"env": "e2e", "http.url": "u"}, "metrics": map[string]any{"p": 1, "q": 1.5}}},
		{},
	})
	if err != nil {
		t.Fatal(err)
	}
	spans, err := decodeTraces(bytes.NewReader(sent))
	if err != nil || len(spans) != 1 || spans[0].Service != "a" || spans[0].env() != "e2e" {
		t.Errorf("%v, %v", spans, err)
	}
	if _, err := decodeTraces(strings.NewReader("no msgpack")); err == nil {
		t.Error("text was taken for traces")
	}
}

func TestTheJarIsCopiedInTheLastStage(t *testing.T) {
	text := withCopiedJar("FROM a AS x\nRUN y\nFROM x\nUSER 1\n")
	if text != "FROM a AS x\nRUN y\nFROM x\nCOPY --chmod=755 dd-java-agent.jar /usr/agent/dd-java-agent.jar\nUSER 1\n" {
		t.Error(text)
	}
}

func TestImageArgvIsEntrypointThenCmd(t *testing.T) {
	argv, err := imageArgv([]byte(`{"Docker":{"config":{"Entrypoint":["java"],"Cmd":["-jar","a.jar"]}}}`))
	if err != nil || !slices.Equal(argv, []string{"java", "-jar", "a.jar"}) {
		t.Errorf("%q, %v", argv, err)
	}
	if _, err := imageArgv([]byte(`{}`)); err == nil {
		t.Error("nothing was started")
	}
}

// traced is a good end of a patched service.
func traced(s service) (ended, []span) {
	var out strings.Builder
	for _, argument := range s.arguments {
		out.WriteString("argument: " + argument + "\n")
	}
	for _, option := range append(s.inserted("e2e"), s.options...) {
		out.WriteString("option: " + option + "\n")
	}
	return ended{stdout: out.String()}, []span{{Service: s.name, Meta: map[string]string{"env": "e2e"}}}
}

func TestAPatchedServiceIsJudged(t *testing.T) {
	s := service{name: "x", recorder: true, options: []string{"-Xmx1m"}, arguments: []string{"one", "two words"}}
	good, spans := traced(s)
	if err := judgePatched(s, "e2e", good, spans); err != nil {
		t.Fatal(err)
	}
	replaced := func(old, new string) ended {
		bad := good
		bad.stdout = strings.Replace(good.stdout, old, new, 1)
		if bad.stdout == good.stdout {
			t.Fatalf("%q is not there", old)
		}
		return bad
	}
	failed := good
	failed.exit = 1
	for name, bad := range map[string]ended{
		"the exit":           failed,
		"an argument":        replaced("two words", "two"),
		"an agent missing":   replaced("option: -javaagent:/usr/agent/dd-java-agent.jar\n", ""),
		"an agent twice":     replaced("option: -Xmx1m\n", "option: -Xmx1m\noption: -javaagent:/usr/agent/dd-java-agent.jar\n"),
		"an option missing":  replaced("option: -Xmx1m\n", ""),
		"another option":     replaced("-Xmx1m", "-Xmx2m"),
		"a recorder missing": replaced("option: -XX:FlightRecorderOptions=stackdepth=256\n", ""),
	} {
		if judgePatched(s, "e2e", bad, spans) == nil {
			t.Errorf("%s is not seen", name)
		}
	}
	for _, bad := range [][]span{nil, {{Service: "y", Meta: spans[0].Meta}}, {{Service: "x"}}} {
		if judgePatched(s, "e2e", good, bad) == nil {
			t.Errorf("%v is taken", bad)
		}
	}
	s.recorder = false
	if judgePatched(s, "e2e", good, spans) == nil {
		t.Error("FlightRecorderOptions where there must be none are not seen")
	}
}

func TestAnUntracedEndIsJudged(t *testing.T) {
	ran := ended{stdout: "argument: one\nstatus: 200\n"}
	died := ended{exit: 1, stderr: "Error: no jar\n"}
	for _, good := range []struct {
		want outcome
		got  ended
		text string
	}{
		{outcome{}, ran, "exit 0, no span"},
		{outcome{exit: 1, says: "no [a-z]+"}, died, "exit 1, no jar"},
	} {
		if text, err := judgeEnd(good.want, []string{"one"}, good.got); err != nil || text != good.text {
			t.Errorf("%q, %v", text, err)
		}
	}
	for _, bad := range []struct {
		want outcome
		got  ended
	}{
		{outcome{}, died},
		{outcome{exit: 1, says: "no zip"}, died},
		{outcome{exit: 127, says: "no jar"}, died},
		{outcome{arguments: []string{"two"}}, ran},
	} {
		if _, err := judgeEnd(bad.want, []string{"one"}, bad.got); err == nil {
			t.Errorf("%v is taken for %v", bad.got, bad.want)
		}
	}
}

func TestAFailedCommandTellsBothOutputs(t *testing.T) {
	_, err := output(exec.Command("sh", "-c", "echo one; echo two >&2; exit 3"))
	if err == nil || !strings.Contains(err.Error(), "one") || !strings.Contains(err.Error(), "two") {
		t.Error(err)
	}
}

func TestTheReportCounts(t *testing.T) {
	prove := func(err error) func() (string, error) {
		return func() (string, error) { return "good", err }
	}
	var out bytes.Buffer
	passed, failed, skipped := run([]subject{
		{name: "a", prove: prove(nil)}, {name: "b", prove: prove(io.EOF)}, {name: "c", skipped: "none here"},
	}, &out)
	want := "ok       a: good\nFAIL     b: EOF\nskipped  c: none here\n"
	if passed != 1 || failed != 1 || skipped != 1 || out.String() != want {
		t.Errorf("%d %d %d\n%s", passed, failed, skipped, out.String())
	}
}

func TestFlagsAreAskedFor(t *testing.T) {
	all := map[string]string{"--entrypatch": "e", "--source": ".", "--cache": "c", "--work": "w", "--tracer": "t",
		"--jacoco": "j", "--tomcat": "t", "--docker": "d"}
	for missing := range all {
		var args []string
		for name, value := range maps.All(all) {
			if name != missing {
				args = append(args, name, value)
			}
		}
		if _, err := parse(args); err == nil {
			t.Errorf("%s is not asked for", missing)
		}
		if o, err := parse(append(args, missing, all[missing])); err != nil || o.host != "" {
			t.Errorf("%v", err)
		}
	}
}
