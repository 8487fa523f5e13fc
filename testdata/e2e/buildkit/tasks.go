package main

import (
	"encoding/json"
	"path"
	"reflect"
	"slices"
	"strings"
)

// isTask tells whether a file is a task definition, which BuildKit knows nothing of: it is read as JSON here.
func (c fileClaim) isTask() bool {
	return c.Kind == "ecs"
}

// editsTasks tells whether `fix` changes what a task starts, and so the image of one, which gets the jar.
func editsTasks(claims report) bool {
	return slices.ContainsFunc(claims.Files, func(claim fileClaim) bool {
		return claim.isTask() && slices.ContainsFunc(claim.Launches, launchClaim.isPatchable)
	})
}

// judgeTask wants the argv of each container as it was, or as a launch claims it; and the rest as it was.
func judgeTask(claim fileClaim, before, after string, r *result) {
	was, now := containersOf(before), containersOf(after)
	if len(was) != len(now) {
		r.disagree("containers of the task", len(now), len(was))
		return
	}
	for i := range was {
		old, new := argvOf(was[i]), argvOf(now[i])
		isClaimed := slices.ContainsFunc(claim.Launches, func(l launchClaim) bool {
			return l.isPatchable() && slices.Equal(l.Argv, old) && slices.Equal(l.PatchedArgv, new)
		})
		if !slices.Equal(old, new) && !isClaimed {
			r.disagree("argv of a container", old, new)
		}
	}
	replaced := slices.ContainsFunc(claim.Findings, func(f findingClaim) bool { return f.Rule == "java-options-replaced" })
	if replaced {
		judgeVariables(was, now, r)
	}
	if !reflect.DeepEqual(withoutStarts(before, replaced), withoutStarts(after, replaced)) {
		r.disagree("more than starts changed in a task", nil, nil)
	}
}

// judgeVariables wants each variable as it was, or with what brings a tracer in front.
func judgeVariables(was, now []map[string]any, r *result) {
	for i := range was {
		before, after := variablesOf(was[i]), variablesOf(now[i])
		for _, name := range changedNames(before, after) {
			added, ok := strings.CutSuffix(after[name], before[name])
			if !ok || !datadogSetting.MatchString(added) {
				r.disagree("variable of a container", after[name], before[name])
			}
		}
	}
}

func variablesOf(container map[string]any) map[string]string {
	variables := map[string]string{}
	items, _ := container["environment"].([]any)
	for _, item := range items {
		pair, _ := item.(map[string]any)
		name, _ := pair["name"].(string)
		variables[name], _ = pair["value"].(string)
	}
	return variables
}

// containersOf are the objects that a text holds in lists of containers.
func containersOf(text string) (containers []map[string]any) {
	var visit func(value any)
	visit = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			for _, one := range value {
				visit(one)
			}
		case []any:
			for _, one := range value {
				if container, ok := one.(map[string]any); ok && container["image"] != nil {
					containers = append(containers, container)
				} else {
					visit(one)
				}
			}
		}
	}
	visit(valueOf(text))
	return containers
}

func valueOf(text string) (value any) {
	_ = json.Unmarshal([]byte(strings.TrimPrefix(text, "\ufeff")), &value)
	return value
}

// argvOf is what a container gets: its entry point and behind it its command.
func argvOf(container map[string]any) (argv []string) {
	for _, key := range []string{"entryPoint", "command"} {
		words, _ := container[key].([]any)
		for _, word := range words {
			text, _ := word.(string)
			argv = append(argv, text)
		}
	}
	return argv
}

// withoutStarts is a file without what its containers start, and without the values of their variables, where
// these are judged by themselves.
func withoutStarts(text string, variables bool) any {
	value := valueOf(text)
	var visit func(value any)
	visit = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			delete(value, "entryPoint")
			delete(value, "command")
			if variables && value["name"] != nil {
				delete(value, "value")
			}
			for _, one := range value {
				visit(one)
			}
		case []any:
			for _, one := range value {
				visit(one)
			}
		}
	}
	visit(value)
	return value
}

// taskHolds tells whether what belongs to a file, a task beside its Dockerfile or the other way round, held a
// Datadog setting: the two change together.
func taskHolds(claims report, name string, before map[string]string) bool {
	at := slices.IndexFunc(claims.Files, func(claim fileClaim) bool { return claim.Path == name })
	return at >= 0 && slices.ContainsFunc(claims.Files, func(claim fileClaim) bool {
		return claim.isTask() != claims.Files[at].isTask() && path.Dir(claim.Path) == path.Dir(name) && datadogSetting.MatchString(before[claim.Path])
	})
}
