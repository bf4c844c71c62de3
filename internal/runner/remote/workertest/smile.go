package workertest

import (
	"bytes"
	"io"
	"net/http"

	"ovate/internal/smile"
)

const contentSmile = "application/x-jackson-smile"

// Smile has a worker speak Smile with whoever does, as Java's Overlord: a request in it is read, and an answer written in it where it is asked for.
func Smile(h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Content-Type") == contentSmile {
			text, err := io.ReadAll(r.Body)
			if err == nil && len(text) > 0 {
				text, err = smile.Decode(text, func(int) error { return nil })
			}
			if err != nil {
				refuse(rw, http.StatusBadRequest, err.Error())
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(text))
		}
		if r.Header.Get("Accept") == contentSmile {
			rw = smileWriter{rw}
		}
		h.ServeHTTP(rw, r)
	})
}

// smileWriter writes JSON, which comes as a whole, in Smile.
type smileWriter struct{ http.ResponseWriter }

func (w smileWriter) Write(json []byte) (int, error) {
	text, err := smile.Encode(json)
	if err != nil {
		return 0, err
	}
	_, err = w.ResponseWriter.Write(text)
	return len(json), err
}

func (w smileWriter) WriteHeader(status int) {
	w.Header().Set("Content-Type", contentSmile)
	w.ResponseWriter.WriteHeader(status)
}
