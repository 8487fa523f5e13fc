package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"
	"gopkg.in/yaml.v3"
)

// container is what a container of a deployment starts, and the variables it gets.
type container struct {
	argv      []string
	variables map[string]string
}

// The names of what stands in place of ENTRYPOINT and CMD: to the interface of AWS, to CloudFormation, to compose, to
// Kubernetes.
var starts = [][]string{{"entryPoint", "command"}, {"EntryPoint", "Command"}, {"entrypoint", "command"}, {"command", "args"}}

// containersOf are the containers of a file: those of compose by its own library, all others by what their maps say.
func containersOf(claim fileClaim, text string) ([]container, error) {
	if claim.Kind == "compose" {
		return servicesOf(text)
	}
	value, err := valueOf(claim, text)
	if err != nil {
		return nil, err
	}
	var containers []container
	var visit func(value any)
	visit = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(value)) {
				visit(value[key])
			}
		case []any:
			for _, one := range value {
				if own, ok := one.(map[string]any); ok && (own["image"] != nil || own["Image"] != nil) {
					containers = append(containers, container{argvOf(claim, own), variablesOf(own)})
				} else {
					visit(one)
				}
			}
		}
	}
	visit(value)
	return containers, nil
}

// servicesOf are the services of a compose file, by name, as compose starts them.
func servicesOf(text string) ([]container, error) {
	logrus.SetOutput(io.Discard) // which variables are not set.
	details := types.ConfigDetails{
		WorkingDir:  "/",
		ConfigFiles: []types.ConfigFile{{Filename: "/compose.yaml", Content: []byte(text)}},
		Environment: types.Mapping{},
	}
	project, err := loader.LoadWithContext(context.Background(), details, func(options *loader.Options) {
		options.SetProjectName("referee", true)
		options.SkipResolveEnvironment = true
		options.SkipConsistencyCheck = true
		options.Profiles = []string{"*"}
	})
	if err != nil {
		return nil, err
	}
	var containers []container
	for _, name := range project.ServiceNames() {
		service := project.Services[name]
		variables := map[string]string{}
		for name, value := range service.Environment {
			if value != nil {
				variables[name] = *value
			}
		}
		argv := append(slices.Clone([]string(service.Entrypoint)), service.Command...)
		containers = append(containers, container{argv, variables})
	}
	return containers, nil
}

// valueOf is what a file says: JSON, or the documents of YAML, whose tags are left out.
func valueOf(claim fileClaim, text string) (any, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	if path.Ext(claim.Path) != ".yaml" && path.Ext(claim.Path) != ".yml" {
		var value any
		err := json.Unmarshal([]byte(text), &value)
		return value, err
	}
	var documents []any
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	for {
		var value any
		if err := decoder.Decode(&value); errors.Is(err, io.EOF) {
			return documents, nil
		} else if err != nil {
			return nil, err
		}
		documents = append(documents, value)
	}
}

// argvOf is what a container gets: its entry point and behind it its command.
func argvOf(claim fileClaim, own map[string]any) (argv []string) {
	at := slices.IndexFunc(starts, func(names []string) bool { return own[names[0]] != nil })
	switch {
	case claim.Kind == "kubernetes":
		at = len(starts) - 1
	case at < 0 && own["Command"] != nil:
		at = 1
	case at < 0:
		at = 0
	}
	for _, key := range starts[at] {
		words, _ := own[key].([]any)
		for _, word := range words {
			text, _ := word.(string)
			argv = append(argv, text)
		}
	}
	return argv
}

func variablesOf(own map[string]any) map[string]string {
	variables := map[string]string{}
	for _, key := range []string{"environment", "Environment", "env"} {
		items, _ := own[key].([]any)
		for _, item := range items {
			pair, _ := item.(map[string]any)
			for _, keys := range [][]string{{"name", "value"}, {"Name", "Value"}} {
				if name, ok := pair[keys[0]].(string); ok {
					variables[name], _ = pair[keys[1]].(string)
				}
			}
		}
	}
	return variables
}

// withoutStarts is a file without what its containers start, and without their variables, where these are judged by
// themselves.
func withoutStarts(claim fileClaim, text string, variables bool) any {
	value, err := valueOf(claim, text)
	if err != nil {
		return err.Error()
	}
	var visit func(value any)
	visit = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			for _, names := range starts {
				delete(value, names[0])
				delete(value, names[1])
			}
			if variables {
				for _, name := range []string{"environment", "Environment", "env"} {
					delete(value, name)
				}
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
