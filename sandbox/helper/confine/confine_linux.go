package confine

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"bench/sandbox/helper"
)

// confine does what helper.ConfineArg says and becomes a helper without that right.
func confine(prefixes []string) {
	runtime.LockOSThread() // rights belong to threads, and the last of them becomes the process
	err := forbid(prefixes)
	if err == nil {
		err = giveUp()
	}
	if err == nil {
		err = unix.Exec(os.Args[0], []string{os.Args[0], helper.Arg}, os.Environ())
	}
	fmt.Fprintln(os.Stderr, "confine the network, which is not needed where it is none:", err)
	os.Exit(1)
}

// giveUp takes the rights to change the network, and to give rights up, from what
// this thread becomes: root has then what the bounding set or the inheritable one holds
// (capabilities(7)). Engines fill the latter, too, such as Docker before 20.10.14.
func giveUp() error {
	given := []uint{unix.CAP_NET_ADMIN, unix.CAP_SETPCAP}
	for _, right := range given {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(right), 0, 0, 0); err != nil {
			return err
		}
	}
	thread := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData // 32 rights each
	if err := unix.Capget(&thread, &sets[0]); err != nil {
		return err
	}
	sets[0].Inheritable, sets[1].Inheritable = 0, 0 // and with it the ambient one
	if err := unix.Capset(&thread, &sets[0]); err != nil {
		return err
	}
	return gone(given)
}

// gone fails if one of the rights is still there for what this thread becomes.
func gone(rights []uint) error {
	thread := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var sets [2]unix.CapUserData
	if err := unix.Capget(&thread, &sets[0]); err != nil {
		return err
	}
	for _, right := range rights {
		bound, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(right), 0, 0, 0)
		if err != nil {
			return err
		}
		if bound != 0 || sets[right/32].Inheritable&(1<<(right%32)) != 0 {
			return fmt.Errorf("right %d of capabilities(7) is not given up", right)
		}
	}
	return nil
}

// The order in which the kernel asks: its own addresses come first, at 0, all
// others at 32766.
const (
	askNames  = 100
	askForbid = 200
)

func forbid(prefixes []string) error {
	all, err := parse(prefixes)
	if err != nil {
		return err
	}
	names, err := nameservers("/etc/resolv.conf")
	if err != nil {
		return err
	}
	r, err := openRoutes()
	if err != nil {
		return err
	}
	defer unix.Close(r.fd)
	if err := r.trustLinks(); err != nil {
		return err
	}
	for _, a := range names {
		for _, protocol := range []byte{unix.IPPROTO_UDP, unix.IPPROTO_TCP} {
			to := netip.PrefixFrom(a, a.BitLen())
			if err := r.add(rule{to: to, order: askNames, protocol: protocol, port: 53}); err != nil {
				return err
			}
		}
	}
	for _, p := range all {
		if err := r.add(rule{to: p, order: askForbid}); err != nil {
			return err
		}
	}
	return nil
}

// parse returns the prefixes of addresses that words stand for.
func parse(words []string) (all []netip.Prefix, err error) {
	for _, s := range words {
		if s == helper.OwnLinks {
			links, err := onLinks()
			if err != nil {
				return nil, err
			}
			all = append(all, links...)
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, err
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

// onLinks are the networks in which the sandbox has addresses.
func onLinks() (links []netip.Prefix, err error) {
	addrs, err := net.InterfaceAddrs()
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() {
			if p, err := netip.ParsePrefix(n.String()); err == nil {
				links = append(links, p.Masked())
			}
		}
	}
	return links, err
}

// nameservers are those of a file as resolv.conf that are not in the sandbox itself.
func nameservers(file string) (names []netip.Addr, err error) {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 || fields[0] != "nameserver" {
			continue
		}
		a, err := netip.ParseAddr(fields[1])
		if err == nil && !a.IsLoopback() {
			names = append(names, a.WithZone(""))
		}
	}
	return names, nil
}

// rule is a rule of routing for what goes to an address: it is forbidden, or, where
// a port is given, routed as ever.
type rule struct {
	to       netip.Prefix
	order    uint32
	protocol byte
	port     uint16
}

// routes is a socket to what routes packets in the kernel.
type routes struct {
	fd  int
	seq uint32
}

func openRoutes() (*routes, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, err
	}
	return &routes{fd: fd}, nil
}

// ask sends a message and returns the kernel's word.
func (r *routes) ask(kind, flags uint16, body []byte) error {
	r.seq++
	order := binary.NativeEndian
	b := order.AppendUint32(nil, uint32(unix.SizeofNlMsghdr+len(body)))
	b = order.AppendUint16(b, kind)
	b = order.AppendUint16(b, unix.NLM_F_REQUEST|unix.NLM_F_ACK|flags)
	b = order.AppendUint32(b, r.seq)
	b = append(order.AppendUint32(b, 0), body...)
	err := unix.Sendto(r.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
	if err != nil {
		return err
	}
	reply := make([]byte, 4096)
	n, _, err := unix.Recvfrom(r.fd, reply, 0)
	if err != nil {
		return err
	}
	if n < unix.SizeofNlMsghdr+4 {
		return fmt.Errorf("a reply of %d bytes", n)
	}
	if code := int32(order.Uint32(reply[unix.SizeofNlMsghdr:])); code != 0 {
		return unix.Errno(-code)
	}
	return nil
}

// add adds a rule. A kernel without IPv6 has no addresses of it to forbid.
func (r *routes) add(one rule) error {
	err := r.ask(unix.RTM_NEWRULE, unix.NLM_F_CREATE|unix.NLM_F_EXCL, one.body())
	switch {
	case err == nil, errors.Is(err, unix.EEXIST):
		return nil
	case errors.Is(err, unix.EAFNOSUPPORT) && one.to.Addr().Is6():
		return nil
	}
	return fmt.Errorf("rule for %s: %w", one.to, err)
}

// rpFilter is IPV4_DEVCONF_RP_FILTER.
const rpFilter = 8

// trustLinks has links take what comes from where they may not send. Kernels before
// 6.13 ask for the route back without regard to ports, so that with a filter of
// reverse paths no answer to a question for a name would arrive.
func (r *routes) trustLinks() error {
	links, err := net.Interfaces()
	for _, l := range links {
		body := make([]byte, unix.SizeofIfInfomsg)
		binary.NativeEndian.PutUint32(body[4:], uint32(l.Index))
		off := attribute(nil, rpFilter, binary.NativeEndian.AppendUint32(nil, 0))
		conf := attribute(nil, unix.AF_INET, attribute(nil, unix.IFLA_INET_CONF, off))
		err := r.ask(unix.RTM_SETLINK, 0, append(body, attribute(nil, unix.IFLA_AF_SPEC, conf)...))
		if err != nil {
			return fmt.Errorf("filter of %s: %w", l.Name, err)
		}
	}
	return err
}

// body is the rule for rtnetlink: struct fib_rule_hdr, and attributes.
func (one rule) body() []byte {
	family, action, table := byte(unix.AF_INET), byte(unix.FR_ACT_PROHIBIT), byte(0)
	if one.to.Addr().Is6() {
		family = unix.AF_INET6
	}
	if one.port != 0 {
		action, table = unix.FR_ACT_TO_TBL, unix.RT_TABLE_MAIN
	}
	order := binary.NativeEndian
	b := []byte{family, byte(one.to.Bits()), 0, 0, table, 0, 0, action, 0, 0, 0, 0}
	b = attribute(b, unix.FRA_DST, one.to.Addr().AsSlice())
	b = attribute(b, unix.FRA_PRIORITY, order.AppendUint32(nil, one.order))
	if one.port != 0 {
		b = attribute(b, unix.FRA_IP_PROTO, []byte{one.protocol})
		ports := order.AppendUint16(order.AppendUint16(nil, one.port), one.port)
		b = attribute(b, unix.FRA_DPORT_RANGE, ports)
	}
	return b
}

// attribute appends an attribute of netlink, which ends at a multiple of four.
func attribute(b []byte, kind uint16, value []byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(4+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
