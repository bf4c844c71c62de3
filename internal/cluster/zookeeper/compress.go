package zookeeper

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

func compress(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// decompress takes what is not gzip as it is.
func decompress(data []byte) ([]byte, error) {
	const most = 16 << 20
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return data, nil
	}
	plain, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	if len(plain) > most {
		return nil, fmt.Errorf("it has more than %d bytes once decompressed", most)
	}
	return plain, nil
}
