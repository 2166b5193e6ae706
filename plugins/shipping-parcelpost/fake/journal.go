package fake

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// journal is a file of JSON lines, each a shipment as it became. The last line of a shipment counts.
type journal struct{ file *os.File }

// openJournal hands each line that was written whole to keep. A line that was cut off by the carrier's death was never
// answered: it is dropped.
func openJournal(path string, keep func(*shipment)) (*journal, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	whole := int64(0)
	in := bufio.NewReader(file)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		p := &shipment{}
		if err := strictly(line, p); err != nil {
			return nil, errors.Join(fmt.Errorf("%s, at byte %d: %w", path, whole, err), file.Close())
		}
		keep(p)
		whole += int64(len(line))
	}
	if err := errors.Join(file.Truncate(whole), seek(file, whole)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &journal{file}, nil
}

func seek(file *os.File, to int64) error {
	_, err := file.Seek(to, io.SeekStart)
	return err
}

// write returns when the shipment is on the disk.
func (j *journal) write(p *shipment) error {
	line, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return err
	}
	return j.file.Sync()
}

func (j *journal) close() error { return j.file.Close() }

func strictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one document")
	}
	return nil
}
