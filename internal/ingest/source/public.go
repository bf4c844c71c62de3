package source

import (
	"fmt"
	"net/netip"
)

// special are the blocks of the IANA registries of special-purpose addresses, for IPv4 and IPv6, as of 2026, with what
// they are outside of: multicast, and of IPv6 all that is not in use. A block within another one decides for itself.
// The blocks that are translated to IPv4 addresses are looked at in checkPublic.
var special = []struct {
	block  string
	public bool
}{
	{"0.0.0.0/8", false},        // this network
	{"10.0.0.0/8", false},       // private use
	{"100.64.0.0/10", false},    // shared address space
	{"127.0.0.0/8", false},      // loopback
	{"169.254.0.0/16", false},   // link local, and what clouds tell their machines
	{"172.16.0.0/12", false},    // private use
	{"192.0.0.0/24", false},     // IETF protocol assignments
	{"192.0.0.9/32", true},      // Port Control Protocol anycast
	{"192.0.0.10/32", true},     // TURN anycast
	{"192.0.2.0/24", false},     // documentation
	{"192.31.196.0/24", true},   // AS112-v4
	{"192.52.193.0/24", true},   // AMT
	{"192.88.99.0/24", false},   // 6to4 relay anycast, deprecated
	{"192.168.0.0/16", false},   // private use
	{"192.175.48.0/24", true},   // AS112 service
	{"198.18.0.0/15", false},    // benchmarking
	{"198.51.100.0/24", false},  // documentation
	{"203.0.113.0/24", false},   // documentation
	{"224.0.0.0/4", false},      // multicast
	{"240.0.0.0/4", false},      // reserved, and broadcast
	{"::/0", false},             // of IPv6 only 2000::/3 is handed out; so are loopback, link-local and unique-local addresses refused
	{"2000::/3", true},          // global unicast
	{"2001::/23", false},        // IETF protocol assignments, Teredo, ORCHID, benchmarking among them
	{"2001:1::1/128", true},     // Port Control Protocol anycast
	{"2001:1::2/128", true},     // TURN anycast
	{"2001:1::3/128", true},     // DNS-SD service registration anycast
	{"2001:3::/32", true},       // AMT
	{"2001:4:112::/48", true},   // AS112-v6
	{"2001:20::/28", true},      // ORCHIDv2
	{"2001:30::/28", true},      // drone remote ID
	{"2001:db8::/32", false},    // documentation
	{"2002::/16", false},        // 6to4, which leads to any IPv4 address
	{"2620:4f:8000::/48", true}, // AS112 service
	{"3fff::/20", false},        // documentation
}

// nat64 stands for the IPv4 address in its last 32 bits.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// checkPublic refuses addresses that only this machine or its network can reach.
func checkPublic(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("address %s: %w", address, err)
	}
	ip := at.Addr().Unmap().WithZone("")
	if !IsPublic(ip) {
		return Refused{fmt.Errorf("%s is not a public address; this server does not fetch from others (property ovate.ingest.allowPrivateHttp)", ip)}
	}
	return nil
}

// IsPublic tells whether an address is one that others than this machine and its network can reach.
func IsPublic(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if nat64.Contains(ip) {
		bytes := ip.As16()
		ip = netip.AddrFrom4([4]byte(bytes[12:]))
	}
	return isPublic(ip)
}

// isPublic goes by the smallest block that an address is in.
func isPublic(ip netip.Addr) bool {
	public, bits := ip.Is4(), -1
	for _, s := range special {
		if block := netip.MustParsePrefix(s.block); block.Contains(ip) && block.Bits() > bits {
			public, bits = s.public, block.Bits()
		}
	}
	return public
}
