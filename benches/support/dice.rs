//! Numbers that look random and are the same in every run.

/// A generator (`SplitMix64`; Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators").
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
    /// Those of one client; another number gives other throws.
    pub fn of(client: usize) -> Self {
        Self(client as u64)
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// One of these, all equally likely; there must be one.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let at = usize::try_from(self.throw() % from.len() as u64).unwrap_or(0);
        &from[at]
    }
}
