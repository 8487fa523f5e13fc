package main

import (
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
)

// text is a line of "buildkit-referee texts"; its fields are explained there.
type text struct {
	Name      string            `json:"name"`
	Before    string            `json:"before"`
	After     string            `json:"after"`
	Script    string            `json:"script"`
	Options   string            `json:"options"`
	Args      []string          `json:"args"`
	Workdir   string            `json:"workdir"`
	Env       map[string]string `json:"env"`
	Launches  int               `json:"launches"`
	Patchable int               `json:"patchable"`
	Rewritten bool              `json:"rewritten"`
}

func (t text) workdir() string {
	return path.Join("/", t.Workdir)
}

func (t text) scriptPath() string {
	switch {
	case path.IsAbs(t.Script):
		return path.Clean(t.Script)
	case strings.Contains(t.Script, "/"):
		return path.Join(t.workdir(), t.Script)
	}
	return "/usr/local/bin/" + t.Script // found by its name.
}

// reference finds the variables that a text uses.
var reference = regexp.MustCompile(`\$\{?([A-Za-z_][A-Za-z0-9_]*)`)

// options are the variables that hold words for a command line.
var options = regexp.MustCompile(`(OPTS?|OPTIONS|ARGS|ARGUMENTS|FLAGS|PARAMS)(_|$)`)

// variables are what the image sets, and values for options that it does not
// set: words with blanks, quotes and patterns in them, as they come in life.
func (t text) variables() map[string]string {
	all := map[string]string{"JAVA_HOME": "/opt/java"}
	for _, match := range reference.FindAllStringSubmatch(t.Before, -1) {
		if options.MatchString(match[1]) {
			all[match[1]] = `-Xmx1g  -Dx="y" -Dz=*`
		}
	}
	maps.Copy(all, t.Env)
	all["PATH"] = searchPath
	return all
}

func (t text) environment() (list []string) {
	all := t.variables()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}

// needs is what a text should find in its sandbox, by the paths there.
type needs struct {
	programs    []string
	directories []string
	sourced     []string // files that a shell reads
	here        []string // what a relative path can start from
}

var (
	// token is a separator of commands, or a word without its quotes.
	token      = regexp.MustCompile("[;&|()\n`]|[^\\s;&|()<>`]+")
	assignment = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)=(.*)$`)
	bareName   = regexp.MustCompile(`^[A-Za-z0-9_+.:@\[-]+$`)
	noQuotes   = strings.NewReplacer("\\\n", " ", `\"`, "", `"`, "", "'", "")
)

// beforeCommand are words behind which a command stands.
var beforeCommand = []string{"!", "{", "if", "then", "elif", "else", "while", "until", "do", "exec", "eval", "command", "time", "export", "local", "readonly"}

// needsOf reads both versions of a text roughly: it takes each bare word for a
// command, since a stub that nothing calls does no harm. What it misses is
// missing before and after the patch.
func needsOf(t text) needs {
	n := needs{
		programs:    []string{"/bin/java", "/usr/bin/java", "/usr/local/bin/java", "/opt/java/bin/java", "/opt/java/jre/bin/java"},
		directories: []string{t.workdir()},
		here:        []string{t.workdir()},
	}
	if t.Script != "" {
		n.here = append(n.here, path.Dir(t.scriptPath()))
	}
	values := t.variables()
	if home := values["JAVA_HOME"]; path.IsAbs(home) {
		n.programs = append(n.programs, home+"/bin/java", home+"/jre/bin/java")
	}
	for _, word := range t.Args {
		n.addWord(word, "")
	}
	previous := "\n" // a command stands behind it.
	for _, word := range token.FindAllString(noQuotes.Replace(t.Before+"\n"+t.After), -1) {
		isCommand := strings.ContainsAny(previous, ";&|()\n`") || slices.Contains(beforeCommand, previous) || slices.Contains(wrappers, previous)
		if match := assignment.FindStringSubmatch(word); match != nil && isCommand {
			values[match[1]] = expand(match[2], values)
			if match[2] == "$" && t.Script != "" { // of $(…): scripts ask mostly where they are.
				values[match[1]] = path.Dir(t.scriptPath())
			}
			n.addWord(values[match[1]], "=")
			continue // a command can follow.
		}
		expanded := expand(word, values)
		if isCommand && strings.Contains(expanded, "/") {
			n.programs = append(n.programs, n.absolute(expanded)...)
		}
		n.addWord(expanded, previous)
		previous = word
	}
	return n
}

func (n *needs) addWord(word, previous string) {
	full := n.absolute(word)
	switch {
	case previous == "cd" || previous == "pushd":
		n.directories = append(n.directories, full...)
		n.here = append(n.here, full[0])
	case previous == "." || previous == "source":
		n.sourced = append(n.sourced, full...)
	case path.Base(word) == "java":
		n.programs = append(n.programs, full...)
	case strings.Contains(word, "/"):
		for _, name := range full {
			n.directories = append(n.directories, path.Dir(name)) // to write a file there.
		}
	case bareName.MatchString(word) && previous != "=":
		n.programs = append(n.programs, "/bin/"+word)
	}
}

func (n *needs) absolute(word string) (paths []string) {
	if path.IsAbs(word) {
		return []string{path.Clean(word)}
	}
	for _, directory := range n.here {
		paths = append(paths, path.Join(directory, word))
	}
	return paths
}

// expand knows $NAME, ${NAME} and ${NAME:-default}; all else is empty, as it is
// in a shell that has not set it.
func expand(word string, values map[string]string) string {
	return os.Expand(word, func(name string) string {
		name, otherwise, _ := strings.Cut(name, "-")
		if value := values[strings.TrimSuffix(name, ":")]; value != "" {
			return value
		}
		return otherwise
	})
}
