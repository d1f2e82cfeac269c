//! Which addresses a name may lead to. The lists are of what is not the open internet.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::LazyLock;

use ipnet::IpNet;

/// Private, shared, loopback, link-local (and with it the metadata services of clouds), documentation, benchmarks,
/// multicast, reserved and broadcast.
static REFUSED_V4: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    nets(&[
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    ])
});

/// What has been given out for the internet. All else of IPv6 (loopback, mapped and translated IPv4, link-local, unique
/// local, multicast) is outside of it.
static GLOBAL_V6: LazyLock<Vec<IpNet>> = LazyLock::new(|| nets(&["2000::/3"]));
/// Special blocks within it: protocol assignments and Teredo, documentation, 6to4, documentation again.
static REFUSED_V6: LazyLock<Vec<IpNet>> =
    LazyLock::new(|| nets(&["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]));

fn nets(list: &[&str]) -> Vec<IpNet> {
    list.iter()
        .map(|net| net.parse().expect("the lists above are of networks"))
        .collect()
}

fn within(nets: &[IpNet], address: IpAddr) -> bool {
    nets.iter().any(|net| net.contains(&address))
}

/// Whether a connection to this address may be made.
pub(crate) fn permitted(address: IpAddr, exceptions: &[IpNet]) -> bool {
    if within(exceptions, address) {
        return true;
    }
    match address {
        IpAddr::V4(_) => !within(&REFUSED_V4, address),
        IpAddr::V6(inner) => {
            inner != Ipv6Addr::UNSPECIFIED && within(&GLOBAL_V6, address) && !within(&REFUSED_V6, address)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_internet_is_permitted() {
        for address in ["1.1.1.1", "151.101.0.223", "2606:4700::1111", "2a04:4e42::223"] {
            assert!(permitted(address.parse().unwrap(), &[]), "{address}");
        }
    }

    #[test]
    fn what_is_near_is_not() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:1.1.1.1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
        ] {
            assert!(!permitted(address.parse().unwrap(), &[]), "{address}");
        }
    }

    #[test]
    fn an_exception_is_for_what_it_names_only() {
        let exceptions = nets(&["10.1.2.0/24"]);
        assert!(permitted("10.1.2.3".parse().unwrap(), &exceptions));
        assert!(!permitted("10.1.3.3".parse().unwrap(), &exceptions));
        assert!(!permitted("::ffff:10.1.2.3".parse().unwrap(), &exceptions));
    }
}
