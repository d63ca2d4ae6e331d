package docker

import (
	"net"
	"net/netip"
	"net/url"

	"bench/sandbox"
	"bench/sandbox/helper"
	_ "bench/sandbox/helper/confine" // for the program in a container
)

// The networks of containers.
const (
	noNetwork = "none"
	bridge    = "bridge"
)

// metadata are the addresses at which clouds tell machines of themselves, keys
// included: link-local ones, and those of Amazon (IPv6), Azure, Alibaba and Oracle.
var metadata = []string{
	"169.254.0.0/16", "fe80::/10", "fd00:ec2::/64", "168.63.129.16/32", "100.100.100.200/32",
	"192.0.0.0/24",
}

// private are the addresses that are nobody's on the internet: those of the engine's
// machine, of its neighbours and of other containers.
var private = []string{
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15",
	"224.0.0.0/4", "255.255.255.255/32", "fc00::/7", "ff00::/8",
}

// network is the one of a container for a purpose.
func (p *Pool) network(spec sandbox.Spec) string {
	switch {
	case spec.Task.Machine.Offline:
		return noNetwork
	case spec.Purpose != sandbox.ForGrading:
		return p.o.Network
	case p.o.GradingNetwork != nil:
		return p.o.GradingNetwork(spec.Task)
	}
	return bridge
}

// forbidden are what a container may not reach. What agents on a network need may well
// lie on the host, such as what answers a program's model calls; tests need none of it,
// nor other containers.
func (p *Pool) forbidden(purpose sandbox.Purpose) []string {
	if purpose != sandbox.ForGrading {
		return metadata
	}
	all := append([]string{helper.OwnLinks}, metadata...)
	return append(append(all, private...), p.hosts()...)
}

// hosts are the addresses of this machine, where the engine mostly runs, and of the
// engine if it is reached by one.
func (p *Pool) hosts() (all []string) {
	addrs, _ := net.InterfaceAddrs() // where they are secret, the private ones are known
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() {
			all = append(all, single(n.IP)...)
		}
	}
	if u, err := url.Parse(p.host()); err == nil && u.Hostname() != "" {
		ips, _ := net.LookupIP(u.Hostname())
		for _, ip := range ips {
			if !ip.IsLoopback() {
				all = append(all, single(ip)...)
			}
		}
	}
	return all
}

// single is the prefix of one address.
func single(ip net.IP) []string {
	a, ok := netip.AddrFromSlice(ip)
	if !ok {
		return nil
	}
	a = a.Unmap()
	return []string{netip.PrefixFrom(a, a.BitLen()).String()}
}

// entrypoint is the first process of a container. On a network it forbids itself
// what a container may not reach, and gives up the right to change that.
func (p *Pool) entrypoint(purpose sandbox.Purpose, network string) []string {
	cmd := []string{helperPath, helper.Arg}
	if network == noNetwork {
		return cmd
	}
	return append(append(cmd, helper.ConfineArg), p.forbidden(purpose)...)
}
