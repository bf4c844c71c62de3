package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"net/http"
	"time"
)

//go:embed assets
var assetFiles embed.FS

// asset is a file that pages name together with its tag, which is another one once the file is.
type asset struct {
	content []byte
	tag     string
}

func readAssets() map[string]asset {
	files, err := assetFiles.ReadDir("assets")
	if err != nil {
		panic(err)
	}
	read := map[string]asset{}
	for _, f := range files {
		content, err := assetFiles.ReadFile("assets/" + f.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(content)
		read[f.Name()] = asset{content, fmt.Sprintf("%x", sum[:6])}
	}
	return read
}

// asset is GET /assets/{name}. Browsers keep what has a tag.
func (u *UI) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	a, known := u.assets[name]
	if !known {
		http.NotFound(w, r)
		return
	}
	if r.URL.RawQuery == a.tag {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(a.content))
}
