package main

import (
	"reflect"
	"slices"
	"strings"
)

// edits is what the claims about a file allow `fix` to change in it.
type edits struct {
	count  map[string]int // how many instructions of a name, ENV also as a new one
	text   bool           // shell text may change
	repair bool           // shell text may become an array
	// scripts are the words that go into scripts whose text stands in the Dockerfile, one text a launch.
	scripts []string
}

func editsOf(claim fileClaim) edits {
	allowed := edits{count: map[string]int{}}
	for _, launch := range claim.Launches {
		switch {
		case !launch.isPatchable() || launch.Script != nil:
		case launch.Form == "script":
			allowed.scripts = append(allowed.scripts, " "+strings.Join(insertedWords(launch.Argv, launch.PatchedArgv), " "))
		case launch.isCarried():
			allowed.count["ENV"]++
		default:
			// The words of one launch can stand in both; argv is compared besides.
			allowed.count["ENTRYPOINT"]++
			allowed.count["CMD"]++
			allowed.text = allowed.text || launch.Form == "shell" || launch.Form == "sh-c"
			allowed.repair = allowed.repair || launch.Form == "malformed"
		}
	}
	for _, finding := range claim.Findings {
		if finding.Rule == "agent-jar-unreadable" {
			// One instruction brings the jar; COPY can take it from the ADD of another stage.
			allowed.count["ADD"]++
			allowed.count["COPY"]++
		}
	}
	return allowed
}

// insertedWords are those that one list has more than another one, which stand together.
func insertedWords(was, now []string) []string {
	at := 0
	for at < len(was) && at < len(now) && was[at] == now[at] {
		at++
	}
	return now[at : at+max(0, len(now)-len(was))]
}

// writes tells whether an instruction holds the text of a script that got its words, and nothing else.
func (e edits) writes(was, now Instruction) bool {
	if was.Name != "RUN" && !isTransfer(was) {
		return false
	}
	same := was
	same.Args, same.Files, same.bodies = now.Args, now.Files, now.bodies
	return sameInstruction(same, now) && slices.ContainsFunc(e.scripts, func(words string) bool {
		return strings.Replace(textOf(now), words, "", 1) == textOf(was)
	})
}

// textOf is all that an instruction says, with its here-documents.
func textOf(i Instruction) string {
	text := strings.Join(i.Args, "\x00")
	for _, body := range i.bodies {
		text += "\x00" + body.Name + "\x00" + body.Content
	}
	return text
}

// allows tells whether an instruction may have become another one.
func (e edits) allows(was, now Instruction) bool {
	if was.Onbuild || e.count[was.Name] == 0 {
		return false
	}
	if isTransfer(was) {
		return isModeEdit(was, now)
	}
	same := was
	same.Args = now.Args
	if was.Name == "ENV" {
		return isValueEdit(was.Args, now.Args) && sameInstruction(same, now)
	}
	same.Form = now.Form
	if !sameInstruction(same, now) {
		return false
	}
	switch *was.Form + " to " + *now.Form {
	case "exec to exec":
		return true
	case "shell to shell":
		return e.text
	case "shell to exec":
		return e.repair
	}
	return false
}

// insert tells whether an instruction may be a new one: the jar comes by ADD or
// COPY, an option by ENV.
func (e edits) insert(next Instruction) bool {
	if next.Name == "ENV" && !next.Onbuild {
		e.count["ENV"]--
		return e.count["ENV"] >= 0
	}
	return !next.Onbuild && isTransfer(next)
}

func isTransfer(i Instruction) bool {
	return i.Name == "ADD" || i.Name == "COPY"
}

// isModeEdit tells whether nothing but the mode changed, to one that lets all
// read the jar and enter its folder.
func isModeEdit(was, now Instruction) bool {
	isMode := func(flag string) bool { return strings.HasPrefix(flag, "--chmod=") }
	if !slices.Contains(now.Flags, "--chmod=755") {
		return false
	}
	was.Flags = slices.DeleteFunc(slices.Clone(was.Flags), isMode)
	now.Flags = slices.DeleteFunc(slices.Clone(now.Flags), isMode)
	was.Flags, now.Flags = append([]string{}, was.Flags...), append([]string{}, now.Flags...)
	return sameInstruction(was, now)
}

// isValueEdit takes the words of an ENV, which are name, value, delimiter for
// each of its pairs. One value may change.
func isValueEdit(was, now []string) bool {
	if len(was) != len(now) {
		return false
	}
	changed := 0
	for i := range was {
		if was[i] != now[i] {
			if i%3 != 1 {
				return false
			}
			changed++
		}
	}
	return changed == 1
}

// changes are the instructions that `fix` touched: pairs of an edited one, and
// what is new.
type changes struct {
	edited   [][2]Instruction
	inserted []Instruction
}

// compareInstructions walks both lists side by side. It returns nil where the
// second one is not the first one with the allowed edits and insertions.
func compareInstructions(was, now []Instruction, allowed edits, r *result) *changes {
	var found changes
	i := 0
	for _, next := range now {
		switch {
		case i < len(was) && sameInstruction(was[i], next):
			i++
		case i < len(was) && allowed.allows(was[i], next):
			allowed.count[next.Name]--
			found.edited = append(found.edited, [2]Instruction{was[i], next})
			i++
		case i < len(was) && allowed.writes(was[i], next):
			found.edited = append(found.edited, [2]Instruction{was[i], next})
			i++
		case allowed.insert(next):
			r.Inserted[next.Name]++
			found.inserted = append(found.inserted, next)
		case i < len(was):
			r.disagree("instruction changed by fix", was[i], next)
			return nil
		default:
			r.disagree("instruction added by fix", nil, next)
			return nil
		}
	}
	if i < len(was) {
		r.disagree("instruction lost by fix", was[i], nil)
		return nil
	}
	for _, env := range found.inserted {
		// JAVA_TOOL_OPTIONS acts on every JVM, and in a RUN the jar can be missing.
		if env.Name == "ENV" && slices.ContainsFunc(now, func(i Instruction) bool {
			return i.Name == "RUN" && !i.Onbuild && i.Stage == env.Stage && i.Line > env.Line
		}) {
			r.disagree("ENV inserted before a RUN", nil, env)
		}
	}
	return &found
}

func sameInstruction(a, b Instruction) bool {
	a.Line, a.EndLine, b.Line, b.EndLine = 0, 0, 0, 0
	return reflect.DeepEqual(a, b)
}

// compareBytes holds the fix to what BuildKit's parser passes over: comments,
// layout, line ends. Outside the touched instructions all bytes stay, and an
// edited one loses none.
func compareBytes(before, after string, found *changes, rewritten bool, r *result) {
	oldLines, newLines := strings.SplitAfter(before, "\n"), strings.SplitAfter(after, "\n")
	for _, pair := range found.edited {
		was, now := cut(oldLines, pair[0]), cut(newLines, pair[1])
		if !rewritten && !isTransfer(pair[0]) && !isSubsequence(was, now) {
			r.disagree("bytes lost inside an instruction", was, now)
		}
		if _, comment, found := strings.Cut(was, "] #"); rewritten && found {
			// A comment behind an array moves above its instruction.
			if i := slices.IndexFunc(newLines, func(line string) bool { return strings.TrimSpace(line) == "#"+strings.TrimRight(comment, " \t\r\n") }); i >= 0 {
				newLines[i] = ""
			}
		}
	}
	for _, instruction := range found.inserted {
		cut(newLines, instruction)
		// The line of a pinned jar has a comment for Renovate.
		if above := instruction.Line - 2; above >= 0 && isTransfer(instruction) && strings.HasPrefix(newLines[above], "# renovate: ") {
			newLines[above] = ""
		}
	}
	// Behind a last line without an end there is one when a line follows it.
	was, now := trimLineEnd(strings.Join(oldLines, "")), trimLineEnd(strings.Join(newLines, ""))
	if was != now {
		was, now = firstDifference(was, now)
		r.disagree("bytes changed outside the launch", was, now)
	}
	if strings.HasSuffix(before, "\n") != strings.HasSuffix(after, "\n") {
		r.disagree("the end of the last line changed", nil, nil)
	}
}

// cut blanks the lines of an instruction and returns them.
func cut(lines []string, instruction Instruction) string {
	of := lines[instruction.Line-1 : min(instruction.EndLine, len(lines))]
	text := strings.Join(of, "")
	clear(of)
	return text
}

func trimLineEnd(text string) string {
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
}

// firstDifference gives the first two lines that differ.
func firstDifference(was, now string) (string, string) {
	oldLines, newLines := strings.SplitAfter(was, "\n"), strings.SplitAfter(now, "\n")
	i := 0
	for i < len(oldLines)-1 && i < len(newLines)-1 && oldLines[i] == newLines[i] {
		i++
	}
	return oldLines[i], newLines[i]
}

// isSubsequence tells whether a text became another one by insertions alone.
func isSubsequence(was, now string) bool {
	i := 0
	for j := 0; i < len(was) && j < len(now); j++ {
		if was[i] == now[j] {
			i++
		}
	}
	return i == len(was)
}
