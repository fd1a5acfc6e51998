//! Who has how many connections. Whoever holds many has no more of them than their share, so that others find room.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use ipnet::IpNet;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::ConnectionLimits;

pub(super) struct Places {
    room: Arc<Semaphore>,
    taken: Arc<Mutex<HashMap<IpAddr, u32>>>,
    each: u32,
    /// Who speaks for many, and may have any number.
    proxies: Arc<[IpNet]>,
}

/// A connection's place. It is given back by being dropped.
pub(super) struct Place {
    of: IpAddr,
    taken: Arc<Mutex<HashMap<IpAddr, u32>>>,
    _room: Option<OwnedSemaphorePermit>,
}

impl Places {
    pub fn new(limits: &ConnectionLimits, proxies: Arc<[IpNet]>) -> Self {
        let room = usize::try_from(limits.max_connections).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self {
            room: Arc::new(Semaphore::new(room)),
            taken: Arc::default(),
            each: limits.max_connections_per_address,
            proxies,
        }
    }

    /// Room for one more, once there is some.
    pub async fn room(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        self.room.clone().acquire_owned().await.ok()
    }

    /// A place for a client of this address, if it may have one more. Whoever has one IPv6 address has all of its /64.
    pub fn take(&self, room: Option<OwnedSemaphorePermit>, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let each =
            if self.proxies.iter().any(|proxy| proxy.contains(&address)) { u32::MAX } else { self.each };
        let of = match address {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            address @ IpAddr::V4(_) => address,
        };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let has = taken.entry(of).or_default();
        if *has >= each {
            return None;
        }
        *has += 1;
        Some(Place { of, taken: self.taken.clone(), _room: room })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(has) = taken.get_mut(&self.of) {
            *has -= 1;
            if *has == 0 {
                taken.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_and_no_more() {
        let places = Places {
            room: Arc::new(Semaphore::new(9)),
            taken: Arc::default(),
            each: 2,
            proxies: Arc::new(["10.0.0.0/8".parse().unwrap()]),
        };
        let take = |address: &str| places.take(None, address.parse().unwrap());
        let held = [take("192.0.2.1"), take("::ffff:192.0.2.1")];
        assert!(held.iter().all(Option::is_some) && take("192.0.2.1").is_none());
        assert!(take("192.0.2.2").is_some());
        let proxied = [take("10.0.0.1"), take("10.0.0.1"), take("10.0.0.1")];
        assert!(proxied.iter().all(Option::is_some), "a trusted proxy speaks for many");
        drop(proxied);
        let held6 = [take("2001:db8::1"), take("2001:db8::ffff:1")];
        assert!(held6.iter().all(Option::is_some) && take("2001:db8::2").is_none());
        assert!(take("2001:db8:0:1::2").is_some());
        drop((held, held6));
        assert!(take("192.0.2.1").is_some());
        assert!(places.taken.lock().unwrap().is_empty());
    }
}
