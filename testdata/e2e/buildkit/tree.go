package main

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// copyDir copies a directory, and returns its files and what removes the copy.
func copyDir(dir string) (work string, files map[string]string, remove func(), err error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", nil, nil, err
	}
	if files, err = readTree(abs); err != nil {
		return "", nil, nil, err
	}
	temp, err := os.MkdirTemp("", "buildkit-referee-")
	if err != nil {
		return "", nil, nil, err
	}
	remove = func() { os.RemoveAll(temp) }
	// entrypatch can derive dd.service from the name of the directory, so the
	// copy keeps that name.
	work = filepath.Join(temp, filepath.Base(abs))
	if err := writeTree(work, files); err != nil {
		remove()
		return "", nil, nil, err
	}
	return work, files, remove, nil
}

// readTree reads all regular files outside .git, by their relative names.
func readTree(root string) (map[string]string, error) {
	files := map[string]string{}
	tree := os.DirFS(root)
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == ".git" {
			return fs.SkipDir
		}
		if entry.Type().IsRegular() {
			data, err := fs.ReadFile(tree, name)
			files[name] = string(data)
			return err
		}
		return nil
	})
	return files, err
}

func writeTree(root string, files map[string]string) error {
	for name, data := range files {
		full := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(full, []byte(data), 0o644); err != nil {
			return err
		}
	}
	return os.MkdirAll(root, 0o755)
}

func changedNames(a, b map[string]string) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(name string) bool {
		was, inA := a[name]
		now, inB := b[name]
		return inA && inB && was == now
	})
}
