package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"
)

func setBool(on *bool, v string) error {
	switch strings.ToLower(v) {
	case "true":
		*on = true
	case "false":
		*on = false
	default:
		return errors.New("must be true or false")
	}
	return nil
}

func setOptionalBool(on *bool, v string) error {
	if v == "" {
		return nil
	}
	return setBool(on, v)
}

func setInt(n *int, v string, least, most int) error {
	i, err := strconv.Atoi(v)
	if err != nil || i < least || i > most {
		return fmt.Errorf("must be a whole number from %d to %d", least, most)
	}
	*n = i
	return nil
}

func setRatio(ratio *float64, v string) error {
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || !(n >= 0 && n <= 1) {
		return errors.New("must be a number from 0 to 1")
	}
	*ratio = n
	return nil
}

// setRate takes how often something may happen in a second.
func setRate(rate *float64, v string) error {
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || !(n >= 0.01 && n <= 1e6) {
		return errors.New("must be a number from 0.01 to 1000000, or left out for no limit")
	}
	*rate = n
	return nil
}

// setUmask takes the octal digits that a shell's umask takes.
func setUmask(mask *int, v string) error {
	n, err := strconv.ParseUint(v, 8, 16)
	if err != nil || n > 0o077 {
		return errors.New("must be octal digits from 0000 to 0077, like 0027, with which the group may read what the server writes")
	}
	*mask = int(n)
	return nil
}

// setSize takes bytes as Druid writes them: a number and K, M, G, T or P for powers of 1000, Ki, Mi … (or KiB,
// MiB …) for powers of 1024, in any case.
func setSize(bytes *int64, v string, least int64) error {
	parts := regexp.MustCompile(`^(?i)(\d+)(?:([kmgtp])(i?)b?)?$`).FindStringSubmatch(v)
	wrong := fmt.Errorf("must be a size of at least %d bytes, like 1000000, 64M or 64MiB", least)
	if parts == nil {
		return wrong
	}
	n, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return wrong
	}
	unit := int64(1000)
	if parts[3] != "" {
		unit = 1024
	}
	for range strings.Index(" kmgtp", strings.ToLower(parts[2] + " ")[:1]) {
		if n > math.MaxInt64/unit {
			return wrong
		}
		n *= unit
	}
	if n < least {
		return wrong
	}
	if n > mostBytes {
		return errors.New("must be a size of at most 1 PiB")
	}
	*bytes = n
	return nil
}

// mostBytes is more than any machine has, and leaves room to reckon with.
const mostBytes = 1 << 50

// setDuration takes an ISO-8601 period of fixed length (weeks and shorter), as Druid does, or milliseconds.
func setDuration(d *time.Duration, v string) error {
	wrong := errors.New("must be an ISO-8601 duration like PT24H, PT30S or P1DT12H")
	if ms, err := strconv.ParseInt(v, 10, 64); err == nil {
		if ms < 0 || ms > math.MaxInt64/int64(time.Millisecond) {
			return wrong
		}
		*d = time.Duration(ms) * time.Millisecond
		return nil
	}
	parts := regexp.MustCompile(`^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,9})?)S)?)?$`).FindStringSubmatch(v)
	if parts == nil || strings.Join(parts[1:], "") == "" {
		return wrong
	}
	units := [...]time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second}
	total := 0.0
	for i, part := range parts[1:] {
		if part == "" {
			continue
		}
		n, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return wrong
		}
		total += n * float64(units[i])
	}
	if total > math.MaxInt64/2 {
		return wrong
	}
	*d = time.Duration(total)
	return nil
}

// setNetworks reads addresses and networks.
func setNetworks(networks *[]netip.Prefix, v string) error {
	var words []string
	if err := setList(&words, v); err != nil {
		return err
	}
	*networks = nil
	for _, word := range words {
		network, err := netip.ParsePrefix(word)
		if address, single := netip.ParseAddr(word); single == nil {
			network, err = netip.PrefixFrom(address.Unmap().WithZone(""), address.Unmap().BitLen()), nil
		}
		if err != nil {
			return fmt.Errorf("%q must be an address or a network, such as 127.0.0.1 or 10.1.0.0/16", word)
		}
		*networks = append(*networks, network.Masked())
	}
	return nil
}

// setList takes a JSON array of texts, as Druid does, or words with commas between them.
func setList(list *[]string, v string) error {
	*list = nil
	if strings.HasPrefix(v, "[") {
		if err := json.Unmarshal([]byte(v), list); err != nil {
			return errors.New(`must be a JSON array of texts, like ["a","b"], or a,b`)
		}
		return nil
	}
	for word := range strings.SplitSeq(v, ",") {
		if word = strings.TrimSpace(word); word != "" {
			*list = append(*list, word)
		}
	}
	return nil
}

// setNames takes what setList takes, in lower case.
func setNames(names *[]string, v string) error {
	if err := setList(names, v); err != nil {
		return err
	}
	if strings.HasPrefix(v, "{") {
		return errors.New(`must be a JSON array of texts, like ["a","b"], or a,b`)
	}
	for i, name := range *names {
		(*names)[i] = strings.ToLower(strings.TrimSpace(name))
	}
	return nil
}
